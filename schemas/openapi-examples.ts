import type { TSchema } from 'typebox'

/** A schema as plain JSON Schema, of which only these keywords matter here. */
interface Shape {
  type?: string
  const?: unknown
  enum?: readonly unknown[]
  anyOf?: readonly Shape[]
  properties?: Readonly<Record<string, Shape>>
  items?: Shape
  format?: string
  pattern?: string
  minLength?: number
  maxLength?: number
  minItems?: number
  minimum?: number
  maximum?: number
  default?: unknown
  examples?: readonly unknown[]
}

const id = '5f0c6a52-8a3b-4c5e-9d21-7b6f2f1a9c01'
const instant = '2026-01-15T10:30:00.000Z'

/** What a field of this name says in an example, where it fits the field's schema; by the name alone, so that all documents agree. */
const byName: Readonly<Record<string, unknown>> = {
  content: 'Hello, I have a question about your pricing.',
  body: 'Hello, I have a question about your pricing.',
  message: 'Hello, I have a question about your pricing.',
  name: 'Jane Doe',
  display_name: 'Jane Doe',
  displayName: 'Jane Doe',
  email: 'jane@demo.test',
  phone: '+49 30 1234567',
  password: 'correct horse battery',
  currentPassword: 'correct horse battery',
  newPassword: 'staple battery horse',
  visitorId: 'visitor-7d3f',
  external_id: 'browser-session-abc123',
  externalId: 'browser-session-abc123',
  visitor_token: 'visitor-7d3f',
  embed_token: 'ew_xxxxxxxxxxxxxxxxxxxx',
  siteKey: 'sk_xxxxxxxxxxxxxxxxxxxx',
  key: 'pk_xxxxxxxxxxxxxxxxxxxx',
  tag: 'billing',
  tags: ['billing'],
  timeZone: 'Europe/Berlin',
  locale: 'en',
  themeColor: '#6366f1',
  welcomeMessage: 'Hi! How can we help you today?',
  offlineMessage: "We're offline right now. Leave a message and we'll answer as soon as we can.",
  allowedOrigins: ['https://www.example.com'],
  metadata: { page: '/pricing' },
  attributes: { plan: 'growth' },
  filename: 'invoice.pdf',
  mimeType: 'application/pdf',
  mime_type: 'application/pdf',
  size: 204_800,
  label: 'Yes',
  value: 'yes',
  search: 'invoice',
  from: '09:00',
  to: '17:00',
  date: '2026-01-15',
  type: undefined,
}

/**
 * An example of a schema: every field, the first of several forms, the same at every call. A schema's own `examples` or `default` come
 * first. That each one fits its schema is tested.
 */
export function exampleOf(schema: TSchema, name = ''): unknown {
  return made(schema as Shape, name)
}

function made(shape: Shape, name: string): unknown {
  if (shape.examples !== undefined) return shape.examples[0]
  if (shape.const !== undefined) return shape.const
  if (shape.enum !== undefined) return shape.enum[0]
  if (shape.default !== undefined) return shape.default
  if (shape.anyOf !== undefined) {
    const some = shape.anyOf.find(({ type }) => type !== 'null') ?? shape.anyOf[0]
    return some === undefined ? null : made(some, name)
  }
  const said = byName[name]
  if (said !== undefined && suits(shape, said)) return said
  switch (shape.type) {
    case 'object':
      return objectOf(shape)
    case 'array':
      return shape.items === undefined
        ? []
        : Array(Math.max(1, shape.minItems ?? 1)).fill(made(shape.items, singular(name)))
    case 'string':
      return text(shape, name)
    case 'integer':
    case 'number':
      return Math.max(shape.minimum ?? 1, Math.min(shape.maximum ?? 1, 1))
    case 'boolean':
      return true
    case 'null':
      return null
    default:
      return {}
  }
}

function objectOf({ properties = {} }: Shape): Record<string, unknown> {
  return Object.fromEntries(Object.entries(properties).map(([key, field]) => [key, made(field, key)]))
}

function text({ format, pattern, minLength = 0, maxLength = 1000 }: Shape, name: string): string {
  switch (format) {
    case 'uuid':
      return id
    case 'date-time':
      return instant
    case 'date':
      return instant.slice(0, 10)
    case 'email':
      return 'jane@demo.test'
    case 'uri':
      return 'https://www.example.com/photo.jpg'
    default:
      return known(pattern) ?? (name === '' ? 'text' : name).padEnd(minLength, 'x').slice(0, maxLength)
  }
}

/** Patterns of the contract, and a text that fits each. */
function known(pattern: string | undefined): string | undefined {
  const texts = ['text', 'https://www.example.com', '#6366f1', '09:00', 'en', 'application/pdf', '1234/1234', '7', id]
  return pattern === undefined ? undefined : texts.find((one) => new RegExp(pattern, 'u').test(one))
}

function suits({ type, pattern, format, minLength = 0, maxLength = 10_000, items }: Shape, value: unknown): boolean {
  if (Array.isArray(value)) return type === 'array' && (items === undefined || suits(items, value[0]))
  if (typeof value === 'object') return type === 'object'
  if (typeof value === 'number') return type === 'integer' || type === 'number'
  if (typeof value !== 'string' || type !== 'string') return false
  if (format !== undefined && format !== 'email') return false
  if (format === 'email' && !value.includes('@')) return false
  if (pattern !== undefined && !new RegExp(pattern, 'u').test(value)) return false
  return value.length >= minLength && value.length <= maxLength
}

const singular = (name: string) => name.replace(/ies$/, 'y').replace(/s$/, '')
