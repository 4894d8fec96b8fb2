type Side = 'left' | 'right'

/** Rows of texts as lines whose columns stand below each other, two spaces apart and two from the edge. */
export function alignColumns(rows: readonly (readonly string[])[], sides: readonly Side[]): readonly string[] {
  const widths = sides.map((_, column) => Math.max(0, ...rows.map(row => row[column]?.length ?? 0)))
  return rows.map(row =>
    `  ${row.map((text, column) => pad(text, widths[column] ?? 0, sides[column])).join('  ')}`.trimEnd(),
  )
}

const pad = (text: string, width: number, side: Side = 'left'): string =>
  side === 'left' ? text.padEnd(width) : text.padStart(width)
