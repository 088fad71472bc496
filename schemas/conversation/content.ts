import Type, { type Static } from 'typebox'
import { exactly, WebUrl } from '../fields.ts'

/** What a message may hold beside its text, by content type (document C, "Rich Media Types"). */
const Label = Type.String({ minLength: 1, maxLength: 200 })
const Value = Type.String({ minLength: 1, maxLength: 500 })
const Choice = exactly({ label: Label, value: Value })

export const Image = exactly({ url: WebUrl, alt: Type.Optional(Type.String({ maxLength: 500 })) })

export const File = exactly({
  url: WebUrl,
  filename: Type.String({ minLength: 1, maxLength: 255 }),
  size: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: 'bytes' }),
  mime_type: Type.String({ pattern: '^[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+$', maxLength: 255 }),
})

export const QuickButtons = exactly({ buttons: Type.Array(Choice, { minItems: 1, maxItems: 10 }) })

export const Carousel = exactly({
  cards: Type.Array(
    exactly({
      image_url: Type.Optional(WebUrl),
      title: Label,
      subtitle: Type.Optional(Type.String({ maxLength: 500 })),
      buttons: Type.Optional(Type.Array(Choice, { maxItems: 10 })),
    }),
    { minItems: 1, maxItems: 20 },
  ),
})

export const Dropdown = exactly({
  placeholder: Type.Optional(Type.String({ maxLength: 200 })),
  options: Type.Array(Choice, { minItems: 1, maxItems: 100 }),
})

export const contentTypes = ['text', 'image', 'file', 'quick_button', 'carousel', 'dropdown'] as const
export const ContentType = Type.Enum(contentTypes)
export type ContentType = Static<typeof ContentType>

export const RichMedia = Type.Union([Image, File, QuickButtons, Carousel, Dropdown])
export type RichMedia = Static<typeof RichMedia>

/** The schema of `richMedia` for each content type; a text has none. */
export const richMediaOf = {
  image: Image,
  file: File,
  quick_button: QuickButtons,
  carousel: Carousel,
  dropdown: Dropdown,
} as const

/** Text may be empty where rich media speaks for itself. */
export const Caption = Type.String({ maxLength: 10_000 })
