/** Repairs what the linter and the formatter can repair by themselves: `npm run fix`. */
import { runTool } from './run-tool.ts'

const lint = await runTool('oxlint', ['--type-aware', '--fix'], { show: true })
const format = await runTool('oxfmt', ['.'], { show: true })
process.exitCode = lint.code === 0 && format.code === 0 ? 0 : 1
