import { type ClientFrame, clientFrames, type FrameErrorCode } from '../../schemas/realtime/frames.ts'
import { type Check, checkOf } from '../../schemas/validator.ts'

export type ReadFrame =
  | { ok: true; frame: ClientFrame }
  | { ok: false; code: FrameErrorCode; message: string; ref?: unknown }

/** Reads what a client sent. Whatever that is, this answers. */
export function createFrameReader(): (text: string) => ReadFrame {
  const checks = new Map<unknown, Check<ClientFrame>>(
    Object.entries(clientFrames).map(([type, schema]) => [type, checkOf(schema)]),
  )
  return (text) => {
    let value: unknown
    try {
      value = JSON.parse(text)
    } catch (error) {
      return { ok: false, code: 'malformed-json', message: error instanceof Error ? error.message : String(error) }
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      return { ok: false, code: 'validation', message: 'A frame is a JSON object.' }
    }
    const ref = 'ref' in value ? value.ref : undefined
    const check = checks.get('type' in value ? value.type : undefined)
    if (check === undefined) {
      return { ok: false, code: 'unknown-type', message: `type must be one of ${[...checks.keys()].join(', ')}.`, ref }
    }
    const checked = check(value)
    if (checked.ok) return { ok: true, frame: checked.value }
    const message = checked.errors.map((error) => error.message).join('; ')
    return { ok: false, code: 'validation', message, ref }
  }
}
