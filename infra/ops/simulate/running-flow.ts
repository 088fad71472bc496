import { readConfig } from '../../runtime/config.ts'
import { readDemoFacts } from '../demo-facts.ts'
import { BadFlow, madeOf, type Tried } from './flow-file.ts'

/** Where the flow is asked for; what is left out is the demo's. */
export interface Source {
  gateway: string | undefined
  /** An access token, or an API key of scope `read`. */
  key: string | undefined
}

/** The draft of a flow of a running Parley, with its templates. Throws BadFlow. */
export async function draftOf(id: string, { gateway, key }: Source): Promise<Tried> {
  const demo = gateway !== undefined && key !== undefined ? undefined : await readDemoFacts(readConfig().dataDir)
  const url = gateway ?? demo?.gateway ?? ''
  const credential = key ?? (demo === undefined ? '' : await signIn(url, demo.admin))
  const get = (path: string) => ask(`${url}${path}`, { headers: { authorization: `Bearer ${credential}` } })
  const flow = await get(`/chat-flow/flows/${id}/`)
  return madeOf({ ...Object(flow), templates: await templatesOf(get) }, `the flow ${id}`)
}

/** All of the workspace, page by page: one by one, those of a large flow would be more requests than a user may send in a minute. */
async function templatesOf(get: (path: string) => Promise<unknown>): Promise<unknown[]> {
  const templates: unknown[] = []
  for (let query = ''; ; ) {
    const { data, nextCursor } = Object(await get(`/chat-flow/templates/?limit=100${query}`))
    templates.push(...(Array.isArray(data) ? data : []))
    if (typeof nextCursor !== 'string') return templates
    query = `&cursor=${encodeURIComponent(nextCursor)}`
  }
}

async function signIn(url: string, { email, password }: { email: string; password: string }): Promise<string> {
  const answer = await ask(`${url}/auth/v1/token?grant_type=password`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email, password }),
  })
  return String(Object(answer).access_token)
}

async function ask(url: string, init: RequestInit): Promise<unknown> {
  const response = await fetch(url, init).catch((error: Error) => {
    throw new BadFlow(`${new URL(url).origin} does not answer (${error.message}). Is "make run" running?`)
  })
  const body: unknown = await response.json().catch(() => {
    throw new BadFlow(`${url} answers ${response.status} with what is no JSON: is that the gateway of a Parley?`)
  })
  if (!response.ok) throw new BadFlow(`${url} answers ${response.status}: ${Object(body).detail ?? ''}`)
  return body
}
