import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { run } from '../command.ts'
import type { House } from '../house.ts'
import { makeWorkspace, passwordOf, signIn } from './visit.ts'

export function commandTests(getHouse: () => House): void {
  describe('make user', () => {
    let house: House
    before(() => {
      house = getHouse()
    })
    const user = (...args: string[]) => run(house.stack, 'infra/gateway/user.js', ...args)

    it('makes a person, who comes in by the link', async () => {
      const made = JSON.parse(await user('--email', 'Ida@demo.test', '--role', 'admin', '--json'))
      const { invitation, id: _, ...person } = made
      const { workspaceId } = house.demo
      assert.deepEqual(person, { workspaceId, email: 'ida@demo.test', name: 'Ida', role: 'admin' })
      await house.call('POST', '/auth/password', { body: { token: invitation.token, password: passwordOf('ida') } })
      const { body } = await signIn(house, { email: 'ida@demo.test', password: passwordOf('ida') })
      const token = String(body.access_token)
      assert.equal((await house.call('GET', '/api/api-keys', { token })).status, 200, 'an admin')
      const table = await user('--email', 'ida@demo.test', '--link')
      assert.match(table, /link +\S+\/set-password#token=[\w-]{43}\n/)
    })

    const wrong: [what: string, args: string[], words: RegExp][] = [
      ['no address', ['--role', 'agent'], /--email is missing/],
      ['an address that is none', ['--email', 'ida', '--role', 'agent'], /--email: .* valid email/],
      ['no role', ['--email', 'new@demo.test'], /--role is missing/],
      ['a role that is none', ['--email', 'new@demo.test', '--role', 'king'], /--role: .*agent, admin/],
      ['a person who is there', ['--email', 'ida@demo.test', '--role', 'agent'], /already.*ARGS=--link/],
      ['a link for nobody', ['--email', 'nobody@demo.test', '--link'], /nobody with the address/],
      ['an option that there is not', ['--mail', 'x'], /--mail/],
      ['a workspace that is no id', ['--email', 'x@demo.test', '--role', 'agent', '--workspace', 'x'], /--workspace: /],
    ]
    for (const [what, args, words] of wrong) {
      it(`says what is wrong with ${what}`, async () => {
        await assert.rejects(user(...args), words)
      })
    }

    it('asks for the workspace where there are several', async () => {
      const workspace = randomUUID()
      await assert.rejects(
        user('--email', 'far@demo.test', '--role', 'admin', '--workspace', workspace),
        /There is no such workspace/,
      )
      await makeWorkspace(house, workspace)
      await user('--email', 'far@demo.test', '--role', 'admin', '--workspace', workspace)
      await assert.rejects(user('--email', 'new@demo.test', '--role', 'agent'), /several workspaces.*WORKSPACE=/)
    })
  })
}
