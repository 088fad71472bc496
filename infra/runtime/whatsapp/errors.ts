/** What to do about a refusal of the Cloud API: try again, or not until somebody has mended something. */
export type Remedy = 'retry' | 'give-up'

interface Known {
  remedy: Remedy
  /** For agents and admins. */
  why: string
}

const busy = (why: string): Known => ({ remedy: 'retry', why })
const final = (why: string): Known => ({ remedy: 'give-up', why })

/** Source: "Error codes" of the Cloud API's support pages; what is not listed goes by its HTTP status. */
const known: Readonly<Record<number, Known>> = {
  0: final('WhatsApp does not accept the access token: an admin must set a new one.'),
  1: busy('WhatsApp has a fault at the moment.'),
  2: busy('WhatsApp is not available at the moment.'),
  3: final('The access token lacks a right that sending needs.'),
  4: busy('The app asks WhatsApp too often.'),
  10: final('The access token lacks a right that sending needs.'),
  33: final('WhatsApp does not know the phone number id of the channel.'),
  190: final('The access token is invalid or has expired: an admin must set a new one.'),
  368: final('WhatsApp has blocked the business account for a breach of its rules.'),
  80007: busy('The business account has reached its limit of requests.'),
  130429: busy('The number sends more messages than WhatsApp takes at once.'),
  130472: final("The customer's number is part of an experiment of Meta's: it takes no such message."),
  130497: final('The business account may not write to customers of this country.'),
  131000: busy('WhatsApp could not send the message, and does not say why.'),
  131005: final('The access token lacks a right that sending needs.'),
  131008: final('WhatsApp misses something in the message.'),
  131009: final('WhatsApp does not accept a value in the message.'),
  131016: busy('WhatsApp is overloaded at the moment.'),
  131021: final('A number cannot write to itself.'),
  131026: final('The message cannot be delivered: the customer may not use WhatsApp, or an old version of it.'),
  131030: final('The number is not on the list of those to whom a test number may write.'),
  131031: final('The business account is locked.'),
  131037: final('The display name of the number is not approved.'),
  131042: final('The business account has no valid means of payment.'),
  131045: final('The number is not registered for WhatsApp.'),
  131047: final('More than 24 hours have passed since the customer wrote: only a template can be sent now.'),
  131048: busy('WhatsApp limits what the number may send, since customers have reported messages of it.'),
  131049: final('WhatsApp holds the message back, so that the customer does not get too many.'),
  131050: final('The customer wants no marketing messages of this business.'),
  131051: final('WhatsApp does not know this type of message.'),
  131052: final('WhatsApp cannot load a file that the customer sent.'),
  131053: final('WhatsApp does not take the file: its type or its size may not fit.'),
  131056: busy('The customer gets more messages from this number than WhatsApp takes at once.'),
  131057: busy('The business account is being maintained.'),
  132000: final('The template has another number of variables.'),
  132001: final('There is no approved template of this name and language.'),
  132005: final('The text of the template becomes too long.'),
  132007: final('The template breaks a rule of WhatsApp.'),
  132012: final('A variable of the template has another form.'),
  132015: final('The template is paused, since customers have reported it.'),
  132016: final('The template is disabled for good.'),
  133004: busy('WhatsApp is not available at the moment.'),
  133010: final('The number is not registered for WhatsApp.'),
  135000: final('WhatsApp cannot send the message, and does not say why.'),
}

/** Of the API's rights, all that begins with 2 and has three digits. */
const isRight = (code: number) => code >= 200 && code <= 299

/** A refusal in our words: what Meta says of it may quote the message, and is not kept. */
export function whatsappError(code: number | undefined): { code: string; why: string } {
  if (code === undefined)
    return { code: 'unknown', why: 'WhatsApp could not deliver the message, and does not say why.' }
  const why = isRight(code) ? known[10]?.why : known[code]?.why
  return { code: String(code), why: why ?? `WhatsApp could not deliver the message (error ${code}).` }
}

/** What to do after an answer that is no success. */
export function remedyFor(status: number, code: number | undefined): Remedy {
  if (code !== undefined && isRight(code)) return 'give-up'
  const byCode = code === undefined ? undefined : known[code]?.remedy
  if (byCode !== undefined) return byCode
  return status === 408 || status === 429 || status >= 500 ? 'retry' : 'give-up'
}
