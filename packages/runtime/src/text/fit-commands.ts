/** The commands of the command line that a text may name. */
export const commandNames = [
  'init',
  'doctor',
  'discover',
  'status',
  'connect',
  'rehearse',
  'reconcile',
  'send',
  'preview',
  'compare',
  'switch',
  'shadow',
  'failures',
  'retry',
  'report',
  'import',
  'erase',
  'password',
  'forget-tenant',
  'rotate-key',
  'fingerprint-key',
  'completion',
] as const

const named = new RegExp(
  String.raw`(?<![\w/-])(?:\./)?ponte (?!-- )(?=(?:${commandNames.join('|')})(?![\w-])|\[|--)`,
  'g',
)

/** Texts name a command as `ponte doctor`. Here it is called as this installation calls it (PONTE_COMMAND). */
export const fitCommands = (text: string, command: string): string => text.replaceAll(named, () => `${command} `)
