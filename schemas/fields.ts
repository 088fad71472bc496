import Type, { type TProperties, type TSchema } from 'typebox'

/** Shapes that several nouns share. Lengths are those of API.md, Conventions. */
export const Id = Type.String({ format: 'uuid' })
export const Time = Type.String({ format: 'date-time', description: 'ISO 8601, UTC' })
export const Name = Type.String({ minLength: 1, maxLength: 200 })
export const Tag = Type.String({ minLength: 1, maxLength: 50, pattern: '\\S' })
export const MessageText = Type.String({ minLength: 1, maxLength: 10_000 })
/** Free-form facts about a visit: kept and answered whole; bounded so that no event grows without limit. */
export const Metadata = Type.Record(Type.String(), Type.Unknown(), { maxProperties: 100 })
/** An origin as browsers send it (RFC 6454): scheme, host and port, nothing after. */
export const Origin = Type.String({ pattern: '^https?://[^/?#\\s]+$', maxLength: 300 })
export const WebUrl = Type.String({
  format: 'uri',
  pattern: '^https?://',
  maxLength: 2048,
  title: 'an http or https URL',
})

export function nullable<T extends TSchema>(schema: T) {
  return Type.Union([schema, Type.Null()])
}

/** The same schema, with what its documentation shows of it. */
export function shownAs<T extends TSchema>(schema: T, example: unknown): T {
  return { ...schema, examples: [example] }
}

/** An object that refuses fields it does not know. */
export function exactly<P extends TProperties>(
  properties: P,
  options: { description?: string; minProperties?: number } = {},
) {
  return Type.Object(properties, { ...options, additionalProperties: false })
}

/** A page of a list, as every list answers it. */
export function pageOf<T extends TSchema>(item: T) {
  return Type.Object({
    data: Type.Array(item),
    total: Type.Integer({ minimum: 0 }),
    page: Type.Integer({ minimum: 1 }),
    limit: Type.Integer({ minimum: 1 }),
    nextCursor: Type.Optional(
      nullable(Type.String({ description: 'give it as cursor= for the next page; null on the last' })),
    ),
  })
}
