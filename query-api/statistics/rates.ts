/** Minutes, one decimal; 0 where there is nothing to average. */
export function meanMinutes(ms: number, count: number): number {
  return count === 0 ? 0 : oneDecimal(ms / count / 60_000)
}

/** DESIGN.md section 9: percent, one decimal; 0 when both are 0, 100 when only the one before is. */
export function trend(now: number, before: number): number {
  if (before === 0) return now === 0 ? 0 : 100
  return oneDecimal(((now - before) / before) * 100)
}

function oneDecimal(value: number): number {
  return Math.round(value * 10) / 10
}
