import type { TSchema } from 'typebox'
import { ChangedChannel, Channel, CreateChannelBody, UpdateChannelBody } from './channel/resource.ts'
import {
  SendMessageBody,
  StartConversationBody,
  StartWithContactBody,
  StartWithNewContactBody,
} from './conversation/bodies.ts'
import { RichMedia } from './conversation/content.ts'
import {
  Conversation,
  ConversationPage,
  History,
  HistoryEntry,
  ListedConversation,
  Message,
  MessagePage,
  Note,
  PublicConversation,
  Rating,
  StartedConversation,
} from './conversation/resource.ts'
import { TokenAnswer } from './identity/resource.ts'
import { PlainError, Problem } from './problem.ts'
import { ConversationStats, MessageStats } from './statistics.ts'
import { CreateWidgetBody, Widget } from './widget/events.ts'
import { PublicWidget, UpdateWidgetBody } from './widget/resource.ts'
import { Workspace, WorkspaceSettingsBody } from './workspace/resource.ts'
import { BusinessHours } from './workspace/settings.ts'

type Json = Record<string, unknown>

/** Schemas that the document tells once, by name, and refers to elsewhere. */
const named: Readonly<Record<string, TSchema>> = {
  BusinessHours,
  ChangedChannel,
  Channel,
  Conversation,
  ConversationPage,
  ConversationStats,
  CreateChannel: CreateChannelBody,
  CreateWidget: CreateWidgetBody,
  History,
  HistoryEntry,
  ListedConversation,
  Message,
  MessagePage,
  MessageStats,
  Note,
  PlainError,
  Problem,
  PublicConversation,
  PublicWidget,
  Rating,
  RichMedia,
  SendMessage: SendMessageBody,
  StartConversation: StartConversationBody,
  StartWithContact: StartWithContactBody,
  StartWithNewContact: StartWithNewContactBody,
  StartedConversation,
  TokenAnswer,
  UpdateChannel: UpdateChannelBody,
  UpdateWidget: UpdateWidgetBody,
  Widget,
  Workspace,
  WorkspaceSettings: WorkspaceSettingsBody,
}

const names = new Map(Object.entries(named).map(([name, schema]) => [schema, name]))

/** `components.schemas`. */
export function componentSchemas(): Json {
  return Object.fromEntries(Object.entries(named).map(([name, schema]) => [name, referring(schema, schema)]))
}

/** A schema as JSON has it, without TypeBox's own marks, and with references in the place of schemas that have a name. */
export function referring(schema: TSchema, itself?: TSchema): Json {
  const text = JSON.stringify(schema, (_key, value: TSchema) => {
    const name = value === itself ? undefined : names.get(value)
    return name === undefined ? value : { $ref: `#/components/schemas/${name}` }
  })
  return JSON.parse(text) as Json
}
