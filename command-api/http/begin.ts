import { v5 as uuidV5 } from 'uuid'
import type { CommandContext } from '../../infra/runtime/event-store/log.ts'
import type { StartConversation } from '../../schemas/conversation/commands.ts'
import { Rejection } from '../../schemas/rejection.ts'
import { contact } from '../domain/contact/contact.ts'
import type { ConversationState } from '../domain/conversation/conversation.ts'
import { conversation } from '../domain/conversation/decide.ts'
import type { Handle, Handled } from '../handle.ts'
import { derivedId } from './asking.ts'

/** The contact that stands for a visitor of a workspace, whichever of its widgets brings him. */
export function contactOfVisitor(visitorId: string, workspaceId: string, generation = 0): string {
  return uuidV5(generation === 0 ? `visitor:${visitorId}` : `visitor:${visitorId}\u0000${generation}`, workspaceId)
}

/** Who comes back so often after being erased has other reasons than to chat. */
const mostGenerations = 20

/**
 * The contact of a visitor who comes now. One who was erased, at his wish or because he had not been seen for long, is somebody new
 * when he comes back: his site goes on saying the same visitor id. Throws Rejection('contact-erased') for one who was again and again.
 */
export async function contactWhoComes(handle: Handle, visitorId: string, workspaceId: string): Promise<string> {
  for (let generation = 0; generation < mostGenerations; generation++) {
    const contactId = contactOfVisitor(visitorId, workspaceId, generation)
    if (!(await isErased(handle, contactId))) return contactId
  }
  throw contactErased()
}

/**
 * Starts a conversation of a contact who has been created. Whoever erases the contact at the same moment lists the conversations that
 * stand in the log before the erasure; one that has come after it finds out here, and is erased too. Throws Rejection('contact-erased').
 */
export async function begin(
  handle: Handle,
  command: StartConversation,
  context: CommandContext,
): Promise<Handled<ConversationState>> {
  const { conversationId, contactId } = command
  const started = await handle(conversation, conversationId, command, context)
  if (!(await isErased(handle, contactId))) return started
  const own = { ...context, commandId: derivedId(context.commandId, 'erase'), request: undefined }
  await handle(conversation, conversationId, { type: 'EraseConversation' }, own)
  throw contactErased()
}

/** Throws Rejection('contact-erased') when the log says so now. */
export async function demandContact(handle: Handle, contactId: string): Promise<void> {
  if (await isErased(handle, contactId)) throw contactErased()
}

async function isErased(handle: Handle, contactId: string): Promise<boolean> {
  const { state } = await handle.look(contact, contactId, 0)
  return state.status === 'erased'
}

function contactErased(): Rejection {
  return new Rejection('contact-erased', 'This contact has been erased.')
}
