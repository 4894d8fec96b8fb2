import type { Language } from '@ponte/contracts'
import { queueKinds, queueLabel } from '@ponte/runtime'
import { locales, type Messages, readBullBoardMessages } from './messages.ts'

/** The names of buttons that are only an icon: for each icon, the path of a message. */
const icons = {
  'lucide-maximize': 'PONTE.NAMES.FULLSCREEN',
  'lucide-settings': 'SETTINGS.TITLE',
  'lucide-ellipsis-vertical': 'PONTE.NAMES.ACTIONS',
  'lucide-refresh-cw': 'JOB.ACTIONS.RETRY',
  'lucide-pencil': 'JOB.ACTIONS.UPDATE_DATA',
  'lucide-trash-2': 'JOB.ACTIONS.CLEAN',
  'lucide-corner-up-left': 'JOB.ACTIONS.PROMOTE',
  'lucide-copy': 'PONTE.NAMES.COPY',
  'lucide-check': 'PONTE.NAMES.COPIED',
  'lucide-chevron-down': 'PONTE.NAMES.EXPAND',
  'lucide-chevron-up': 'PONTE.NAMES.COLLAPSE',
  'lucide-play': 'PONTE.NAMES.FOLLOW_LOG',
  'lucide-pause': 'PONTE.NAMES.STOP_LOG',
} as const

/** The texts that browser/ponte.js gets. */
export interface PageTexts {
  readonly icons: Readonly<Record<string, string>>
  readonly pagination: Readonly<Record<string, string>>
  readonly page: string
  readonly hiddenSettings: readonly string[]
  /** By the name that Bull Board shows: what a queue is called on the board's other pages. */
  readonly queues: Readonly<Record<string, string>>
}

/** The names that Bull Board's controls lack, and those by which the script finds what it hides. */
export async function readPageTexts(language: Language): Promise<PageTexts> {
  const messages = await readBullBoardMessages(locales[language])
  const text = (path: string): string => textAt(messages, path.split('.'))
  return {
    icons: Object.fromEntries(Object.entries(icons).map(([icon, path]) => [icon, text(path)])),
    pagination: {
      Pagination: text('PONTE.NAMES.PAGINATION'),
      'Previous page': text('PONTE.NAMES.PREVIOUS_PAGE'),
      'Next page': text('PONTE.NAMES.NEXT_PAGE'),
      'Jump backward': text('PONTE.NAMES.PREVIOUS_PAGE'),
      'Jump forward': text('PONTE.NAMES.NEXT_PAGE'),
    },
    page: text('PONTE.NAMES.PAGE'),
    hiddenSettings: [text('SETTINGS.LANGUAGE'), text('SETTINGS.THEME')],
    queues: Object.fromEntries(queueKinds.map(kind => [kind, queueLabel(kind, language)])),
  }
}

function textAt(messages: Messages | string | undefined, [name, ...rest]: readonly string[]): string {
  if (typeof messages === 'string' && name === undefined) return messages
  if (typeof messages !== 'object' || name === undefined) throw new Error('Bull Board has no such message any more')
  return textAt(messages[name], rest)
}
