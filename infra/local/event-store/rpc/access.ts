import { createHash, timingSafeEqual } from 'node:crypto'
import type { Metadata } from '@grpc/grpc-js'
import type { CommittedMetadata } from '../store/committed-metadata.ts'
import { isMetastream, originalOf, type StreamAcl } from '../store/stream-metadata.ts'
import { accessDenied, unauthenticated } from './failure.ts'

/** The roles of a caller. `undefined`: the server asks nobody for anything. */
export type Caller = ReadonlySet<string> | undefined
export type Action = 'read' | 'write' | 'delete'

export type AccessOptions = {
  users: Record<string, string> | undefined
  requireCredentials: boolean
  /** Ask streams' access lists. Off on plain-text channels, on which clients send no credentials. */
  enforceAcl: boolean
}

const EVERYBODY = '$all'
const ADMINS = '$admins'
const OPERATORS = '$ops'
const ALL_STREAM = '$all'

/** Who calls, and what they may do with a stream (EventStoreDB's legacy authorization, without its settings stream). */
export class Access {
  private readonly options: AccessOptions
  private readonly metadata: CommittedMetadata
  private readonly passwords: Map<string, Buffer>

  constructor(options: AccessOptions, metadata: CommittedMetadata) {
    this.options = options
    this.metadata = metadata
    this.passwords = new Map(Object.entries(options.users ?? {}).map(([name, secret]) => [name, digest(secret)]))
  }

  /** Throws when credentials are wrong, or missing where they are required. */
  caller(headers: Metadata): Caller {
    if (!this.options.users) return undefined
    const [header] = headers.get('authorization')
    if (header === undefined) {
      if (this.options.requireCredentials) throw unauthenticated()
      return this.options.enforceAcl ? new Set([EVERYBODY]) : undefined
    }
    const name = this.authenticate(String(header))
    return this.options.enforceAcl ? rolesOf(name) : undefined
  }

  /** Throws when the caller may not. Without a stream, `$all` is meant. */
  check(caller: Caller, action: Action, stream: string | undefined): void {
    if (!caller || caller.has(ADMINS)) return
    const allowed = stream === undefined ? [ADMINS] : this.allowedRoles(action, stream)
    if (!allowed.some((role) => caller.has(role))) throw accessDenied()
  }

  private authenticate(header: string): string {
    const encoded = /^Basic\s+(\S+)$/i.exec(header)?.[1]
    if (encoded === undefined) throw unauthenticated()
    const credentials = Buffer.from(encoded, 'base64').toString('utf8')
    const colon = credentials.indexOf(':')
    const name = credentials.slice(0, Math.max(0, colon))
    const known = this.passwords.get(name)
    const given = digest(credentials.slice(colon + 1))
    // An unknown name is compared too, so that the time taken does not tell names.
    if (!timingSafeEqual(known ?? digest(''), given) || !known) throw unauthenticated()
    return name
  }

  private allowedRoles(action: Action, stream: string): string[] {
    const original = isMetastream(stream) ? originalOf(stream) : stream
    const acl = this.metadata.of(original).acl
    const own = acl?.[entryFor(action, isMetastream(stream))]
    if (own) return own
    return original.startsWith('$') || original === ALL_STREAM ? [ADMINS] : [EVERYBODY]
  }
}

function entryFor(action: Action, metastream: boolean): keyof StreamAcl {
  if (!metastream) return action
  return action === 'read' ? 'metaRead' : 'metaWrite'
}

function rolesOf(name: string): Set<string> {
  const roles = new Set([EVERYBODY, name])
  if (name === 'admin') roles.add(ADMINS)
  if (name === 'ops') roles.add(OPERATORS)
  return roles
}

function digest(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}
