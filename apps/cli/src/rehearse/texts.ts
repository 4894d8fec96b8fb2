import { translated } from '@ponte/contracts'
import { counted } from '@ponte/runtime'

interface RehearsalPlan {
  readonly email: string
  readonly unknownEmail: string
  readonly identifier: string
  readonly name: string
  readonly byHand: boolean
  /** Both systems are simulated. */
  readonly isSandbox: boolean
}

export const rehearseTexts = translated({
  en: {
    description: 'try the whole way through both real accounts with one test person, and report which assumptions hold',
    email: 'address of the test person, which neither system may know; it gets no e-mail from RD Station',
    win: 'who wins the first opportunity: a person at the screen (by-hand) or the API (default: by-hand on a terminal)',
    resume: 'go on with a run that was cut off',
    evidence: 'add each answer to this file (JSON Lines, no values of persons)',
    patience: 'wait so many times longer for both systems and for Ponte (1 to 20)',
    emailNeeded: '--email is missing: an address of your own that neither RD Station nor TOTVS CRM knows.',
    evidenceUnusable: (file: string) => `${file} cannot be written.`,
    evidenceOfOther: (file: string) => `${file} exists and is not of a rehearsal. Name another file.`,
    noWorker: (tenant: string) => `No worker is connected for "${tenant}": start ingress and worker first.`,
    alreadyRunning: (tenant: string) => `A rehearsal of "${tenant}" is running.`,
    nothingToResume: 'No run was cut off: leave out --resume.',
    otherCutOff: 'A run with another address was cut off. Finish it first: use its address with --resume.',
    ofOthers: (email: string, records: string) =>
      `There is something of ${email} that no rehearsal made (${records}). Nothing was changed: take an address that nobody has used.`,
    earlierLeft: (email: string, records: string) =>
      `An earlier rehearsal of ${email} left something that could not be removed (${records}). Remove it by hand, or take another address.`,
    asking: 'asking TOTVS CRM what can be read without writing',
    plan: ({ email, unknownEmail, identifier, name, byHand, isSandbox }: RehearsalPlan) =>
      [
        isSandbox ? 'This will be made in the simulated systems:' : 'This will be made in your real accounts:',
        `  RD Station: the contact ${email} (not available for mailing), three conversions "${identifier}", and its marks`,
        `  RD Station: one mark for ${unknownEmail}, which does not exist`,
        `  TOTVS CRM: one lead "${name}" and three opportunities: one won for R$ 0.01, one lost, one left open`,
        ...(byHand ? ['  You win the first opportunity yourself, when you are asked to.'] : []),
        "RD Station's flows, the notifications of TOTVS CRM and the reports of both systems will see it.",
        'Afterwards contact, opportunities and lead are removed where the systems allow it.',
        'A sale and a loss stay in reports of RD Station; e-mails and notifications that were sent cannot be taken back.',
      ].join('\n'),
    consent: 'Do it?',
    winByHand: (opportunity: string, name: string) =>
      `Open opportunity ${opportunity} ("${name}") in TOTVS CRM, set its value to R$ 0.01 and mark it as won. Waiting for an hour at most; Ctrl-C cleans up.`,
    cleaningUp: 'cleaning up',
    steps: {
      bring: 'a conversion, and its lead in TOTVS CRM',
      'mark-unknown': 'a mark for an unknown e-mail',
      change: 'another conversion with one field changed',
      mark: 'the opportunity, its mark and its echo (a new contact is marked some minutes later)',
      win: 'the first opportunity is won',
      lose: 'a second opportunity is lost',
      'look-for-unknown': 'whether the unknown e-mail is still unknown',
      'status-rd': 'a mark that fails, and statusRD',
      webhooks: 'what the webhooks had in common',
    },
    summary: ({ held, broken, unasked }: { held: number; broken: number; unasked: number }) =>
      `${held} held, ${broken} did not, ${unasked} could not be asked.`,
    kinds: { contact: 'the contact', lead: 'the lead', opportunity: 'the opportunity' },
    removed: 'Removed:',
    left: 'Still there; remove it by hand:',
    others: 'Under the same e-mail, but not of this rehearsal, and left alone:',
    couldNotLook: '(could not look whether it is there)',
    stays: 'What RD Station was told of a sale or a loss stays in its events and reports.',
    sendIn: 'How to send this report in: docs/cli.md#rehearse',
  },
  'pt-BR': {
    description:
      'percorre o caminho inteiro nas duas contas reais com uma pessoa de teste e diz quais suposições se confirmam',
    email: 'endereço da pessoa de teste, que nenhum dos sistemas pode conhecer; o RD Station não lhe envia e-mails',
    win: 'quem ganha a primeira oportunidade: uma pessoa na tela (by-hand) ou a API (api); padrão: by-hand em um terminal',
    resume: 'continua um ensaio que foi interrompido',
    evidence: 'acrescenta cada resposta a este arquivo (JSON Lines, sem dados de pessoas)',
    patience: 'espera esse número de vezes mais pelos dois sistemas e pelo Ponte (1 a 20)',
    emailNeeded: 'Falta --email: um endereço seu que nem o RD Station nem o TOTVS CRM conheçam.',
    evidenceUnusable: file => `Não é possível gravar em ${file}.`,
    evidenceOfOther: file => `${file} já existe e não é de um ensaio. Informe outro arquivo.`,
    noWorker: tenant => `Nenhum worker conectado para "${tenant}": inicie antes a entrada e o worker.`,
    alreadyRunning: tenant => `Já há um ensaio de "${tenant}" em andamento.`,
    nothingToResume: 'Nenhum ensaio foi interrompido: deixe --resume de fora.',
    otherCutOff: 'Um ensaio com outro endereço foi interrompido. Termine-o antes: use o endereço dele com --resume.',
    ofOthers: (email, records) =>
      `Há algo de ${email} que nenhum ensaio criou (${records}). Nada foi alterado: use um endereço que ninguém usou.`,
    earlierLeft: (email, records) =>
      `Um ensaio anterior de ${email} deixou algo que não pôde ser removido (${records}). Remova à mão, ou use outro endereço.`,
    asking: 'perguntando ao TOTVS CRM o que dá para ler sem gravar',
    plan: ({ email, unknownEmail, identifier, name, byHand, isSandbox }) =>
      [
        isSandbox ? 'Isto será criado nos sistemas simulados:' : 'Isto será criado nas suas contas reais:',
        `  RD Station: o contato ${email} (sem receber e-mails), três conversões "${identifier}" e as marcações dele`,
        `  RD Station: uma marcação para ${unknownEmail}, que não existe`,
        `  TOTVS CRM: um lead "${name}" e três oportunidades: uma ganha por R$ 0,01, uma perdida e uma aberta`,
        ...(byHand ? ['  A primeira oportunidade é você quem ganha, quando o ensaio pedir.'] : []),
        'Os fluxos do RD Station, as notificações do TOTVS CRM e os relatórios dos dois sistemas vão ver isso.',
        'No fim, contato, oportunidades e lead são removidos onde os sistemas permitem.',
        'A venda e a perda ficam nos relatórios do RD Station; e-mails e notificações já enviados não voltam.',
      ].join('\n'),
    consent: 'Fazer agora?',
    winByHand: (opportunity, name) =>
      `Abra a oportunidade ${opportunity} ("${name}") no TOTVS CRM, ponha o valor R$ 0,01 e marque como ganha. A espera é de no máximo uma hora; Ctrl-C faz a limpeza.`,
    cleaningUp: 'removendo o que foi criado',
    steps: {
      bring: 'uma conversão e o lead dela no TOTVS CRM',
      'mark-unknown': 'uma marcação para um e-mail desconhecido',
      change: 'outra conversão, com um campo alterado',
      mark: 'a oportunidade, a marcação e o eco dela (um contato novo é marcado alguns minutos depois)',
      win: 'a primeira oportunidade é ganha',
      lose: 'uma segunda oportunidade é perdida',
      'look-for-unknown': 'se o e-mail desconhecido continua desconhecido',
      'status-rd': 'uma marcação que falha e o statusRD',
      webhooks: 'o que os webhooks tiveram em comum',
    },
    summary: ({ held, broken, unasked }) =>
      `${counted('pt-BR', held, 'confirmada', 'confirmadas')}, ${counted('pt-BR', broken, 'não confirmada', 'não confirmadas')}, ${counted('pt-BR', unasked, 'não pôde ser perguntada', 'não puderam ser perguntadas')}.`,
    kinds: { contact: 'o contato', lead: 'o lead', opportunity: 'a oportunidade' },
    removed: 'Removido:',
    left: 'Continua lá; remova à mão:',
    others: 'Do mesmo e-mail, mas não deste ensaio; não foi tocado:',
    couldNotLook: '(não foi possível ver se existe)',
    stays: 'O que foi informado ao RD Station de uma venda ou perda fica nos eventos e relatórios dele.',
    sendIn: 'Como enviar este relatório: docs/cli.md#rehearse',
  },
})
