import type { RunOutcome, RunStarter } from '../flow-run/outcomes.ts'
import type { ContentType, RichMedia } from './content.ts'
import type { DeliveryError, TemplateMessage } from './delivery.ts'
import type { channels, FileFacts, SenderType } from './events.ts'

/** What may be asked of a conversation. Whatever a decision needs of clocks, chance and other streams comes in the command. */
export type ConversationCommand =
  | StartConversation
  | SendMessage
  | ReadMessages
  | RecordDelivery
  | AssignConversation
  | UnassignConversation
  | TagConversation
  | UntagConversation
  | ParkConversation
  | ResumeConversation
  | CloseConversation
  | AddNote
  | UploadFiles
  | EraseConversation
  | RateConversation
  | StartFlow
  | EndFlow

/** What `handle` adds to every command. */
export interface Asked {
  commandId: string
  /** Fingerprint of what was asked; present where the caller gave an idempotency key. */
  request?: string | undefined
}

export interface StartConversation {
  type: 'StartConversation'
  conversationId: string
  sessionId: string
  contactId: string
  visitorId: string
  widgetId: string | null
  channelId?: string | null | undefined
  channel: (typeof channels)[number]
  startedBy: 'visitor' | 'agent'
  metadata: Record<string, unknown>
  occurredAt?: string | undefined
}

export interface SendMessage {
  type: 'SendMessage'
  messageId: string
  /** The session to open if the conversation is closed. */
  newSessionId: string
  sender: { type: SenderType; id: string }
  contentType: ContentType
  content: string
  richMedia?: RichMedia | undefined
  /** Files that were uploaded to this conversation before, and whose they may be. */
  files?: { ids: readonly string[]; side: 'visitor' | 'agent' | 'either' } | undefined
  /** What the button stands for that a visitor chose. */
  replyValue?: string | undefined
  whatsappTemplate?: TemplateMessage | undefined
  occurredAt?: string | undefined
}

export interface ReadMessages {
  type: 'ReadMessages'
  messageIds: string[] | 'all'
  side: 'visitor' | 'agent'
  readerId: string
}

/** What has become of a message, as the channel says that carries it. */
export interface RecordDelivery {
  type: 'RecordDelivery'
  /** Of ours; else by what the channel calls it. */
  messageId?: string | undefined
  externalId?: string | undefined
  /** Which part of a long message; without, all of it. */
  part?: number | undefined
  happened:
    | { status: 'sent' }
    | { status: 'delivered' | 'read'; at: string }
    | { status: 'failed'; error: DeliveryError }
}

export interface AssignConversation {
  type: 'AssignConversation'
  agentId: string
  /** Take it only if nobody else has it: what an agent does for himself, and what assigns by itself. */
  claim?: boolean
  /** How many open and pending conversations the agent has, of how many; absent where the workspace sets no bound. */
  room?: { has: number; of: number } | undefined
}

export interface UnassignConversation {
  type: 'UnassignConversation'
  /** Only if this agent has it. */
  from?: string
}

export interface TagConversation {
  type: 'TagConversation'
  tag: string
}

export interface UntagConversation {
  type: 'UntagConversation'
  tag: string
}

export interface ParkConversation {
  type: 'ParkConversation'
}

/** Back to open: from pending in the same session, from closed in a new one. */
export interface ResumeConversation {
  type: 'ResumeConversation'
  newSessionId: string
}

export interface CloseConversation {
  type: 'CloseConversation'
  tags: string[]
  occurredAt?: string | undefined
}

export interface AddNote {
  type: 'AddNote'
  noteId: string
  agentId: string
  content: string
}

export interface UploadFiles {
  type: 'UploadFiles'
  files: FileFacts[]
  side: 'visitor' | 'agent'
  uploaderId: string
}

export interface EraseConversation {
  type: 'EraseConversation'
}

/** Refused while another flow runs there. */
export interface StartFlow {
  type: 'StartFlow'
  runId: string
  flowId: string
  version: number
  startedBy: RunStarter
  starterId: string | null
  depth: number
  /** Only if nobody is assigned: what starts by itself does not come between an agent and a visitor. */
  unlessAssigned: boolean
}

/** Changes nothing where that run is not the one that answers. */
export interface EndFlow {
  type: 'EndFlow'
  runId: string
  outcome: RunOutcome
}

export interface RateConversation {
  type: 'RateConversation'
  score: number
  comment?: string | undefined
}
