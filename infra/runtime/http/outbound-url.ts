import { isIP } from 'node:net'
import { Rejection } from '../../../schemas/rejection.ts'
import { type AddressRule, isReachable } from './outbound-address.ts'

export const longestUrl = 2000

/** Names that lead nowhere but into one's own house (RFC 6761, RFC 6762, ICANN's .internal), whatever DNS says of them. */
const ownNames = /(^|\.)(localhost|local|internal|intranet|lan|home\.arpa)$/

/**
 * Ports from 1024 on where something else listens than a web server, which might take the body for its own protocol: those of the Fetch
 * standard's "bad port" list, and of well-known stores.
 */
const otherPorts = new Set([
  ...[1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697],
  ...[3306, 5432, 6379, 11_211, 27_017],
])

/** What is wrong with a URL to which this server is to send on a stranger's word, as a sentence; undefined when nothing is. */
export function urlFault(text: string, rule: AddressRule): string | undefined {
  if (text.length > longestUrl) return `The URL must not be longer than ${longestUrl} characters.`
  const url = parsed(text)
  if (url === undefined) return 'This is no URL.'
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'The URL must start with https:// or http://.'
  if (url.username !== '' || url.password !== '') return 'The URL must hold neither user name nor password.'
  const port = url.port === '' ? undefined : Number(url.port)
  if (port !== undefined && ((port < 1024 && port !== 80 && port !== 443) || otherPorts.has(port)))
    return `Nothing is sent to port ${port}.`
  return hostFault(url.hostname, rule)
}

/** The URL standard has made 0x7f.1, 2130706433 and 0177.0.0.1 into 127.0.0.1 already, and [::ffff:127.0.0.1] into one form. */
function hostFault(hostname: string, rule: AddressRule): string | undefined {
  const literal = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname
  if (isIP(literal) !== 0) {
    if (isReachable(literal, rule)) return undefined
    return isReachable(literal, { allowPrivate: true }) ? own : reserved
  }
  const name = hostname.replace(/\.+$/, '')
  if (name === '') return 'The URL must name a host.'
  // A single word is a machine of one's own network, such as a container.
  if (!rule.allowPrivate && (ownNames.test(name) || !name.includes('.'))) return own
  return undefined
}

/** Names the setting: it stands in the documentation, so that no attacker learns anything, and whoever develops needs it at once. */
const own = 'Nothing is sent to private or loopback addresses, unless the server is set to (OUTBOUND_PRIVATE=on).'
const reserved = 'Nothing is sent to link-local or reserved addresses.'

function parsed(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined
}

/**
 * Throws Rejection('validation') for a URL to which nothing would be sent, as far as it can be told without DNS: for those who store one.
 * `path` is the JSON pointer of the field. What the name stands for is checked when something is sent (outbound.ts).
 */
export function refusePrivateUrl(text: string, rule: AddressRule, path = '/url'): void {
  const fault = urlFault(text, rule)
  if (fault !== undefined) throw new Rejection('validation', fault, [{ path, message: fault }])
}
