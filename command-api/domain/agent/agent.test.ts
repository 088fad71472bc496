import { given } from '../../testing/given.ts'
import { agent } from './agent.ts'

const agentId = '00000000-0000-4000-8000-0000000000b1'
const ada = { agentId, email: 'ada@demo.test', name: 'Ada', role: 'agent' } as const
const added = { type: 'AgentAdded', data: ada } as const
const removed = { type: 'AgentRemoved', data: { agentId } } as const
const add = { type: 'AddAgent', ...ada } as const

describe('an agent', () => {
  it('is added once, under one address', () => {
    given(agent).when(add).yields(added)
    given(agent, added).when(add).yields()
    given(agent, added)
      .when({ ...add, email: 'other@demo.test' })
      .refused('already-exists')
  })

  it('changes role and availability, and only then something happened', () => {
    given(agent, added)
      .when({ type: 'ChangeAgentRole', role: 'admin' })
      .yields({ type: 'AgentRoleChanged', data: { agentId, role: 'admin' } })
    given(agent, added).when({ type: 'ChangeAgentRole', role: 'agent' }).yields()
    given(agent, added)
      .when({ type: 'ChangeAgentAvailability', available: false })
      .yields({ type: 'AgentAvailabilityChanged', data: { agentId, available: false } })
    given(agent, added).when({ type: 'ChangeAgentAvailability', available: true }).yields()
  })

  it('is nobody once removed, and may come back', () => {
    given(agent, added).when({ type: 'RemoveAgent' }).yields(removed)
    given(agent, added, removed).when({ type: 'RemoveAgent' }).refused('not-found')
    given(agent, added, removed).when({ type: 'ChangeAgentRole', role: 'admin' }).refused('not-found')
    given(agent, added, removed).when(add).yields(added)
  })
})
