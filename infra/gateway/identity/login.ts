import type { Person } from '../../../schemas/identity/resource.ts'
import { Rejection } from '../../../schemas/rejection.ts'
import type { LoginLimits } from './login-limits.ts'
import type { Standing } from './standing.ts'

export interface LoginTools {
  loginLimits: LoginLimits
  standing: Standing
}

/**
 * Counts the try, has the password checked, and asks the log: what it knows of the person's role wins, and one who was removed is
 * refused in the words for a wrong password. Throws TooMany, or Rejection('invalid-grant').
 */
export async function attemptLogin<T extends { person: Person }>(
  { loginLimits, standing }: LoginTools,
  { email, ip }: { email: string; ip: string },
  check: () => Promise<T | undefined>,
): Promise<T> {
  const takeBack = await loginLimits.attempt(email, ip)
  const found = await check()
  if (found === undefined) throw wrong()
  const person = await admitted(standing, found.person)
  await takeBack()
  return { ...found, person }
}

/** The person as the log has him. Throws Rejection('invalid-grant') for one who was removed. */
export async function admitted(standing: Standing, person: Person): Promise<Person> {
  try {
    const { id, workspaceId, email, role } = person
    const caller = await standing.apply({ kind: 'agent', id, workspaceId, email, role })
    return { ...person, role: caller.role }
  } catch (error) {
    if (error instanceof Rejection && error.code === 'unauthenticated') throw wrong()
    throw error
  }
}

function wrong(): Rejection {
  return new Rejection('invalid-grant', 'Invalid login credentials')
}
