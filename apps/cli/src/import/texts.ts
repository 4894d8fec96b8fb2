import { translated } from '@ponte/contracts'
import { counted } from '@ponte/runtime'
import type { TableProblem } from './read-table.ts'

export interface ImportCounts {
  /** Read, in whatever way they ended. */
  rows: number
  /** With `--dry-run`: would be sent. */
  sent: number
  /** Recognised: an earlier run has brought them into TOTVS CRM. */
  done: number
  /** An earlier run sent them, and they wait or failed. */
  waiting: number
  /** Of a segmentation: the contact is not there any more. */
  gone: number
  /** Of a file: what follows a quote that is never closed. */
  linesNotRead: number
  /** Of those that are neither done nor unreadable: their date says no moment. */
  unreadableDates: number
  /** Of those that are not done: a spreadsheet has rounded a phone of theirs. */
  roundedPhones: number
}

/** Why a file or one of its records cannot be read. */
export const tableProblems = translated<Readonly<Record<TableProblem, string>>>({
  en: {
    empty: 'there is nothing in it.',
    'not-text': 'it is not a text with separators (CSV).',
    pdf: 'it is a PDF. Take the CSV file that RD Station exports.',
    workbook: 'it is a workbook (XLSX, XLS) or an archive (ZIP). Save the workbook as CSV, or unpack the archive.',
    'too-long': 'longer than 262,144 characters.',
    'too-many-cells': 'more than 2,000 columns.',
    quotes: 'a quote stands where none may stand.',
    'unclosed-quote': 'a quote is opened and never closed; nothing after it is read.',
    characters: 'a character cannot be read: another encoding, or damaged.',
    cells: 'not as many cells as there are headings.',
  },
  'pt-BR': {
    empty: 'não há nada nele.',
    'not-text': 'não é um texto com separadores (CSV).',
    pdf: 'é um PDF. Use o arquivo CSV que o RD Station exporta.',
    workbook:
      'é uma planilha (XLSX, XLS) ou um arquivo compactado (ZIP). Salve a planilha como CSV, ou descompacte o arquivo.',
    'too-long': 'mais de 262.144 caracteres.',
    'too-many-cells': 'mais de 2.000 colunas.',
    quotes: 'há aspas onde não pode haver.',
    'unclosed-quote': 'aspas abertas que nunca fecham; nada depois delas é lido.',
    characters: 'um caractere não pode ser lido: outra codificação, ou danificado.',
    cells: 'o número de células não é o de cabeçalhos.',
  },
})

export const isTableProblem = (reason: string): reason is TableProblem => Object.hasOwn(tableProblems.en, reason)

/** What `import` says. */
export const importTexts = translated({
  en: {
    description: 'send the leads of a file or a segmentation of RD Station, behind live events; run again, it goes on',
    file: "RD Station's export, or another CSV file with such headings",
    segmentation: 'id of a segmentation in RD Station, in place of a file',
    openOpportunities: 'also open an opportunity for each lead',
    oneSource: 'Name a file, or a segmentation with --segmentation.',
    fileUnreadable: (file: string) => `${file} is not a readable file.`,
    tableUnreadable: (file: string, problem: TableProblem) => `${file}: ${tableProblems.en[problem]}`,
    noPersons: (file: string) => `${file}: no column is called Email, Telefone or Celular.`,
    noSegmentation: (id: string) => `RD Station has no segmentation ${id}.`,
    throttled: (seconds: number) => `RD Station asks to wait ${seconds} s…`,
    progress: ({ rows, sent, isFull }: Pick<ImportCounts, 'rows' | 'sent'> & { readonly isFull: boolean }) =>
      `${counted('en', rows, 'record', 'records')}, ${sent} sent${isFull ? '; 500 waiting' : ''}…`,
    result: ({ rows, sent, done, waiting, gone, isDryRun }: ImportCounts & { readonly isDryRun: boolean }) => [
      `${counted('en', rows, 'record', 'records')} read: ${sent} ${isDryRun ? 'would be sent' : 'sent'}, ${done} done before.`,
      ...(waiting === 0
        ? []
        : [
            `${counted('en', waiting, 'was', 'were')} sent before and not done yet: waiting, or failed (ponte failures).`,
          ]),
      ...(gone === 0 ? [] : [`${counted('en', gone, 'contact is', 'contacts are')} not in RD Station any more.`]),
    ],
    unreadable: (count: number) => `${counted('en', count, 'record', 'records')} cannot be read:`,
    linesNotRead: (count: number) =>
      `${counted('en', count, 'line of the file was', 'lines of the file were')} not read: the reading ended at the record before. Correct that record, and run the same command again.`,
    unreadableDates: (count: number) =>
      `${counted('en', count, 'record has a date', 'records have a date')} that cannot be read, and will only fill what is empty in TOTVS CRM. A date needs its time and offset, as in 2023-07-11 16:39:06 -0300. If a spreadsheet has saved this file, it has written the dates in its own way: import the file as RD Station exported it.`,
    roundedPhones: (count: number) =>
      `${counted('en', count, 'record has a phone', 'records have a phone')} that a spreadsheet has rounded (5,51199E+12). It is left out, because its digits are lost: import the file as RD Station exported it.`,
    stopped: {
      interrupted: 'Stopped. What was sent goes on by itself; run the same command again for the rest.',
      inShadow:
        'Stopped: the tenant goes back into the shadow, where nothing is imported. Once it is live again, run the same command again for the rest.',
    },
  },
  'pt-BR': {
    description:
      'envia os leads de um arquivo ou de uma segmentação do RD Station, depois dos eventos ao vivo; repetido, continua',
    file: 'a exportação do RD Station, ou outro arquivo CSV com esses cabeçalhos',
    segmentation: 'id de uma segmentação do RD Station, no lugar do arquivo',
    openOpportunities: 'abre também uma oportunidade para cada lead',
    oneSource: 'Indique um arquivo, ou uma segmentação com --segmentation.',
    fileUnreadable: file => `${file} não é um arquivo que possa ser lido.`,
    tableUnreadable: (file, problem) => `${file}: ${tableProblems['pt-BR'][problem]}`,
    noPersons: file => `${file}: nenhuma coluna se chama Email, Telefone ou Celular.`,
    noSegmentation: id => `O RD Station não tem a segmentação ${id}.`,
    throttled: seconds => `O RD Station pede para esperar ${seconds} s…`,
    progress: ({ rows, sent, isFull }) =>
      `${counted('pt-BR', rows, 'registro', 'registros')}, ${counted('pt-BR', sent, 'enviado', 'enviados')}${isFull ? '; 500 na fila' : ''}…`,
    result: ({ rows, sent, done, waiting, gone, isDryRun }) => [
      `${counted('pt-BR', rows, 'registro lido', 'registros lidos')}: ${isDryRun ? counted('pt-BR', sent, 'seria enviado', 'seriam enviados') : counted('pt-BR', sent, 'enviado', 'enviados')}, ${counted('pt-BR', done, 'já feito', 'já feitos')} antes.`,
      ...(waiting === 0
        ? []
        : [
            `${counted('pt-BR', waiting, 'já enviado antes e ainda não feito: espera', 'já enviados antes e ainda não feitos: esperam')} na fila, ou em falha (ponte failures).`,
          ]),
      ...(gone === 0
        ? []
        : [`${counted('pt-BR', gone, 'contato já não existe', 'contatos já não existem')} no RD Station.`]),
    ],
    unreadable: count =>
      `${counted('pt-BR', count, 'registro que não pode ser lido', 'registros que não podem ser lidos')}:`,
    linesNotRead: count =>
      `${counted('pt-BR', count, 'linha do arquivo não foi lida', 'linhas do arquivo não foram lidas')}: a leitura terminou no registro anterior. Corrija esse registro e repita o mesmo comando.`,
    unreadableDates: count =>
      `${counted('pt-BR', count, 'registro tem uma data que não pode ser lida e só vai preencher', 'registros têm uma data que não pode ser lida e só vão preencher')} o que está vazio no TOTVS CRM. A data precisa de hora e fuso, como em 2023-07-11 16:39:06 -0300. Se uma planilha salvou este arquivo, ela gravou as datas a seu modo: importe o arquivo como o RD Station o exportou.`,
    roundedPhones: count =>
      `${counted('pt-BR', count, 'registro tem um telefone', 'registros têm um telefone')} que uma planilha arredondou (5,51199E+12). Ele fica de fora, porque os dígitos se perderam: importe o arquivo como o RD Station o exportou.`,
    stopped: {
      interrupted: 'Interrompido. O que foi enviado segue sozinho; repita o mesmo comando para o restante.',
      inShadow:
        'Interrompido: a empresa volta ao modo sombra, em que nada é importado. Quando ela estiver de novo em produção, repita o mesmo comando para o restante.',
    },
  },
})
