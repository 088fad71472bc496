/** Something that whoever started the stack can mend: its message is shown without a stack trace. */
export class StackError extends Error {
  override name = 'StackError'
}
