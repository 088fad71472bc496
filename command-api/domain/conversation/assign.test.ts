import { assigned, ids, parked, started } from '../../testing/conversation.ts'
import { given } from '../../testing/given.ts'
import { conversation } from './decide.ts'

const assign = { type: 'AssignConversation', agentId: ids.agent } as const
const claim = { ...assign, claim: true } as const
const other = { ...claim, agentId: ids.other } as const

describe('claiming a conversation', () => {
  it('gives it to who claims it first', () => given(conversation, started).when(claim).yields(assigned))
  it('is refused when another agent has it', () =>
    given(conversation, started, assigned).when(other).refused('already-assigned'))
  it('changes nothing for the agent who has it', () => given(conversation, started, assigned).when(claim).yields())
  it('is not needed to hand it over', () =>
    given(conversation, started, assigned)
      .when({ ...assign, agentId: ids.other })
      .yields({ ...assigned, data: { ...assigned.data, agentId: ids.other } }))
})

describe('an agent at capacity', () => {
  const full = { has: 3, of: 3 }
  it('gets no other conversation, by claim or by hand', () => {
    given(conversation, started)
      .when({ ...claim, room: full })
      .refused('at-capacity')
    given(conversation, started, parked)
      .when({ ...assign, room: { has: 4, of: 3 } })
      .refused('at-capacity')
  })
  it('keeps what is there', () =>
    given(conversation, started, assigned)
      .when({ ...claim, room: full })
      .yields())
  it('is told first that another has it', () =>
    given(conversation, started, assigned)
      .when({ ...other, room: full })
      .refused('already-assigned'))
  it('gets one when there is room again', () =>
    given(conversation, started)
      .when({ ...claim, room: { has: 2, of: 3 } })
      .yields(assigned))
})
