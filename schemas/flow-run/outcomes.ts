/** How a run of a flow may end. `taken_over`: an agent took the conversation; `stopped`: it was closed, erased, or ended by hand. */
export const runOutcomes = ['completed', 'timed_out', 'handed_over', 'failed', 'taken_over', 'stopped'] as const
export type RunOutcome = (typeof runOutcomes)[number]

export const runStarters = ['api', 'keyword', 'conversation_start', 'widget', 'automation'] as const
export type RunStarter = (typeof runStarters)[number]
