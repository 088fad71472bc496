import { createSecretKey, type KeyObject } from 'node:crypto'
import { v5 } from 'uuid'
import type { VaultKey } from '../../vault/table.ts'
import type { Vault } from '../../vault/vault.ts'
import type { Append } from '../log.ts'

const namespace = '6ba7b810-9dad-11d1-80b4-00c04fd430c8'

/** A fixed UUID for a word. */
export function uuid(word: string): string {
  return v5(word, namespace)
}

export const workspaceId = uuid('workspace')
export const contactId = uuid('contact')

export interface Wish {
  stream?: string
  expected?: number
  prevHash?: string
  command?: string
  content?: string
  /** How many messages in the one append. */
  count?: number
  key?: string
}

/** An append of messages; the command, and with it the ids, are derived from a word. */
export function messages(wish: Wish = {}): Append {
  const { stream = `conversation-${uuid('a')}`, expected = -1, prevHash = '', command = 'command', count = 1 } = wish
  const commandId = uuid(command)
  return {
    stream,
    expected,
    prevHash,
    events: Array.from({ length: count }, (_, index) => ({
      type: 'MessageSent',
      data: {
        messageId: uuid(`${command} ${index}`),
        sessionId: uuid('session'),
        senderType: 'visitor',
        senderId: 'visitor-1',
        contentType: 'text',
        content: wish.content ?? `Where is order ${index}?`,
        richMedia: undefined,
      },
    })),
    context: {
      workspaceId,
      actor: { kind: 'visitor', id: 'visitor-1' },
      commandId,
      correlationId: commandId,
      causationId: commandId,
      at: '2026-01-02T03:04:05.678Z',
      key: wish.key ?? contactId,
    },
  }
}

/** A vault without a database, for what concerns the codec alone. */
export function memoryVault(): Vault & { keys: Map<string, VaultKey> } {
  const keys = new Map<string, VaultKey>()
  const ensure = (id: string): KeyObject => {
    const known = keys.get(id)
    if (known !== undefined && known !== 'erased') return known
    const made = createSecretKey(Buffer.alloc(32, keys.size + 1))
    keys.set(id, made)
    return made
  }
  return {
    keys,
    ensureSchema: async () => undefined,
    ensure: async (id) => ensure(id),
    find: async (id) => keys.get(id),
    load: async (ids) => new Map([...ids].flatMap((id) => [[id, keys.get(id)] as const]).filter(isKnown)),
    cached: () => undefined,
    erase: async (id) => void keys.set(id, 'erased'),
    markErased: (id) => void keys.set(id, 'erased'),
  }
}

function isKnown(entry: readonly [string, VaultKey | undefined]): entry is [string, VaultKey] {
  return entry[1] !== undefined
}
