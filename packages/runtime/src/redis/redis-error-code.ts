/**
 * Before Redis 7, the error of a command in a script is quoted inside another one: `ERR Error running script (call to f_…): @user_script:3:
 * @user_script: 3: -READONLY You can't write against a read only replica.`
 */
const INSIDE_SCRIPT = /^ERR Error running script \(call to [^)]*\): @user_script:\d+: @user_script: ?\d+: -([A-Z]+) /

/** The first word of an error of Redis, such as `READONLY` or `OOM`. For a script it is the error of the command that failed. */
export const redisErrorCode = (message: string): string =>
  INSIDE_SCRIPT.exec(message)?.[1] ?? /^[A-Z]+(?= |$)/.exec(message)?.[0] ?? ''
