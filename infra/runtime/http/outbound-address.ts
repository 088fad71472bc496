import { BlockList, isIPv4 } from 'node:net'

/** What of the addresses that are not everybody's a sender may reach. */
export interface AddressRule {
  /** Whether loopback and private networks may be reached. Never so are link-local, metadata, multicast and reserved addresses. */
  allowPrivate: boolean
}

/** Of one's own house or network (RFC 1918, RFC 6598, RFC 4193). */
const ownV4 = listOf('ipv4', ['10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'])
const ownV6 = listOf('ipv6', ['::1/128', 'fc00::/7'])

/**
 * Nobody's: IANA's registries of special-purpose addresses, multicast, and where clouds keep the credentials of their machines, of which
 * some lie in private or even in public ranges.
 */
const neverV4 = listOf('ipv4', [
  ...['0.0.0.0/8', '169.254.0.0/16', '192.0.0.0/24', '192.0.2.0/24', '192.88.99.0/24', '198.18.0.0/15'],
  ...['198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/4', '240.0.0.0/4'],
  ...['100.100.100.200/32', '168.63.129.16/32'],
])

/** All that is not global unicast is nobody's; and of that, tunnels (Teredo, 6to4), which lead to any IPv4 address, and documentation. */
const globalV6 = listOf('ipv6', ['2000::/3'])
const neverV6 = listOf('ipv6', ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20', 'fd00:ec2::254/128'])
/** NAT64 (RFC 6052): the IPv4 address is in the last 32 bits. */
const translatedV6 = listOf('ipv6', ['64:ff9b::/96'])

/** Whether a server may connect to an address (as DNS gives it, or as the URL standard writes it) on the word of a stranger. */
export function isReachable(address: string, rule: AddressRule): boolean {
  if (isIPv4(address)) {
    if (neverV4.check(address, 'ipv4')) return false
    return rule.allowPrivate || !ownV4.check(address, 'ipv4')
  }
  // With a zone (fe80::1%eth0) it is link-local; and what is no address at all is none to connect to.
  if (!/^[0-9a-f:.]+$/i.test(address)) return false
  if (translatedV6.check(address, 'ipv6')) return isReachable(lastOf(address), rule)
  if (neverV6.check(address, 'ipv6')) return false
  if (ownV6.check(address, 'ipv6')) return rule.allowPrivate
  // Mapped and compatible IPv4 addresses (::ffff:127.0.0.1) are not global unicast either: nobody has reason to write one so.
  return globalV6.check(address, 'ipv6')
}

/** The last 32 bits of an IPv6 address, as an IPv4 address. */
function lastOf(address: string): string {
  const url = new URL(`http://[${address}]`).hostname.slice(1, -1)
  const [head = '', tail = ''] = url.split('::')
  const [first, last] = [head, tail].map((half) => (half === '' ? [] : half.split(':'))) as [string[], string[]]
  const groups = [...first, ...Array.from({ length: 8 - first.length - last.length }, () => '0'), ...last]
  const bytes = groups.slice(6).flatMap((group) => {
    const value = Number.parseInt(group, 16)
    return [value >> 8, value & 255]
  })
  return bytes.join('.')
}

function listOf(family: 'ipv4' | 'ipv6', networks: readonly string[]): BlockList {
  const list = new BlockList()
  for (const network of networks) {
    const [address = '', bits] = network.split('/')
    list.addSubnet(address, Number(bits), family)
  }
  return list
}
