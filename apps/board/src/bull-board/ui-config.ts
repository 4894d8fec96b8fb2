import type { Language } from '@ponte/contracts'
import type { UIConfig, UITheme } from '@bull-board/api/typings/app'
import { LOGO } from '../ui/assets.ts'
import { momentFormat } from '../ui/moment.ts'
import { locales } from './messages.ts'

/** The colours of the board's other pages (ui/css/tokens.css). They differ by themselves in the dark. */
const colours = {
  background: 'var(--back)',
  foreground: 'var(--text)',
  popover: 'var(--card)',
  primary: 'var(--act)',
  'primary-foreground': 'var(--on-act)',
  secondary: 'color-mix(in srgb, var(--line) 55%, var(--card))',
  'secondary-foreground': 'var(--text)',
  muted: 'color-mix(in srgb, var(--line) 35%, var(--card))',
  'muted-foreground': 'var(--soft)',
  accent: 'color-mix(in srgb, var(--line) 35%, var(--card))',
  'accent-foreground': 'var(--text)',
  destructive: 'var(--bad)',
  'destructive-foreground': 'var(--card)',
  border: 'var(--line)',
  input: 'var(--line)',
  sidebar: 'var(--card)',
  'sidebar-foreground': 'var(--text)',
  'sidebar-accent': 'var(--line)',
  'sidebar-border': 'var(--line)',
  'status-failed': 'var(--bad)',
  'status-completed': 'var(--good)',
  'status-waiting': 'var(--warn)',
  'status-active': 'var(--act)',
  'status-paused': 'var(--soft)',
  'font-sans': "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif",
  'font-mono': 'ui-monospace, Menlo, Consolas, monospace',
} satisfies UITheme['light']

/** `--card` has one name on both sides: Bull Board must not set its own on the body. */
const theme: UITheme = {
  light: { ...colours, 'status-delayed': '#6b3fc0' },
  dark: { ...colours, card: 'inherit', 'status-delayed': '#b79df5' },
}

const favIcon = { default: LOGO, alternative: LOGO }

/** What Bull Board does for every visitor, and in the language of one. Its times are those of the board's other pages. */
export function uiConfig(language: Language): UIConfig {
  const format = momentFormat()
  return {
    boardTitle: 'Ponte',
    favIcon,
    theme,
    locale: { lng: locales[language] },
    // Without these a time of today has no date, and all times are those of the browser's zone.
    dateFormats: { short: format, common: format, full: format },
    hideRedisDetails: true,
    hideDocsLink: true,
    showMetrics: true,
    overview: { groupByDelimiter: true },
    pollingInterval: { showSetting: true },
  }
}
