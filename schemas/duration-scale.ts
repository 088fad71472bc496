/**
 * The scale on which durations are counted for percentiles: classes that grow by some 2 %, so that the middle of a class is at most
 * 1 % away from all that lies in it. Class 0 is no time at all. Read models hold the classes, so that the scale is for ever.
 */
const error = 0.01
const growth = (1 + error) / (1 - error)
const step = Math.log(growth)

/** The class of a duration in whole milliseconds. */
export function classOf(ms: number): number {
  return ms <= 0 ? 0 : 1 + Math.ceil(Math.log(ms) / step)
}

/** What a class stands for, in milliseconds. */
export function middleOf(index: number): number {
  return index === 0 ? 0 : (2 * growth ** (index - 1)) / (growth + 1)
}

/** How many classes a row of a read model holds, so that a day's durations lie in few rows. */
export const blockSize = 32
