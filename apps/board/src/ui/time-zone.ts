/** Makes this the time zone of every page: `Intl` and `Date` follow the environment of the process, also when it changes. */
export function useTimeZone(env: NodeJS.ProcessEnv, name: string): void {
  env['TZ'] = name
}
