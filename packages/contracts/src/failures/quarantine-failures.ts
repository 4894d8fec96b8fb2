import type { FailureRow } from './failure-row.ts'

/** Sends a body of thousands of leads in parts of 1,000. */
const splitIntoParts = (part: string): string =>
  `\`\`\`sh
jq -c '(if type == "object" then .leads else . end) | until(type != "string"; fromjson)
  | . as $all | range(0; length; 1000) | {leads: $all[.:. + 1000]}' body.json | split -l 1 - ${part}-
for ${part} in ${part}-*; do ./ponte send "$${part}" --tenant acme --yes; done
\`\`\``

const FORM_TO_JSON = `\`\`\`sh
node -e 'const form = new URLSearchParams(require("fs").readFileSync("body.txt", "utf8").trim()); console.log(form.get("leads"))' > body.json
\`\`\``

/** Deliveries that are authentic and cannot be read: they are kept in quarantine. */
export const quarantineFailures = {
  BODY_NOT_JSON: {
    en: {
      happened: 'The body is not valid JSON.',
      solution: 'Fix the sender; then have it send again.',
      steps:
        'Look at the body on the board: it is masked, its punctuation and keys are intact. If a new version reads such bodies, *Retry*.',
    },
    pt: {
      happened: 'o corpo não é JSON válido',
      solution: 'Corrija o remetente e peça novo envio.',
      steps:
        'Veja o corpo no painel: aparece mascarado, com os sinais e as chaves intactos. Se uma nova versão lê esses corpos, *Reenviar*.',
    },
  },
  BODY_NOT_UNDERSTOOD: {
    isUnknownForm: true,
    en: {
      happened: 'The body is JSON in a format that Ponte does not know.',
      details: 'It is neither a webhook of RD Station nor one of TOTVS CRM.',
      solution: 'Check that the right tool calls the right address; retry after an upgrade.',
      steps:
        'Usually another kind of webhook has the address, or the two addresses were interchanged. Report a new format; with a version that reads it, *Retry all*.',
    },
    pt: {
      happened: 'o corpo é JSON em um formato que o Ponte não conhece',
      details: 'Não é um webhook do RD Station nem do TOTVS CRM.',
      solution: 'Veja se a ferramenta certa chama o endereço certo; reenvie após uma atualização.',
      steps:
        'Em geral outro tipo de webhook usa o endereço, ou os dois endereços foram trocados. Relate um formato novo; com uma versão que o lê, *Reenviar todos*.',
    },
  },
  BODY_TOO_MANY_EVENTS: {
    en: {
      happened: 'The body holds more events than Ponte reads at once (1,000).',
      solution: 'Have the sender deliver fewer leads at a time; split what has arrived.',
      steps: `To use what has come, open *Failures*, this code, and *Edit and retry* as an operator. Copy the field *body* into a file \`body.json\`, leave the page without saving, and send the file in parts:

${splitIntoParts('part')}

A body that came as a form (it begins with \`leads=\`) goes into \`body.txt\` and is made JSON first:

${FORM_TO_JSON}

A part that is sent twice is a duplicate. Remove the job and the files afterwards. *Retry* alone does not help.`,
    },
    pt: {
      happened: 'o corpo tem mais eventos do que o Ponte lê de uma vez (1.000)',
      solution: 'Faça o remetente entregar menos leads por vez; divida o que já chegou.',
      steps: `Para usar o que chegou, abra *Falhas*, este código, e *Corrigir e reenviar* como operador. Copie o campo do corpo para um arquivo \`body.json\`, saia da página sem salvar, e envie o arquivo em partes:

${splitIntoParts('parte')}

Um corpo que veio como formulário (começa com \`leads=\`) vai antes para \`body.txt\` e vira JSON:

${FORM_TO_JSON}

Uma parte enviada duas vezes é duplicada. Depois remova o evento e os arquivos. Só *Reenviar* não ajuda.`,
    },
  },
  LEAD_NOT_UNDERSTOOD: {
    isUnknownForm: true,
    en: {
      happened: 'A lead in the body is not an object.',
      solution: 'Fix the sender; then have it send again.',
      steps: 'RD Station does not send this: look for the relay or tool that builds the body.',
    },
    pt: {
      happened: 'um lead do corpo não é um objeto',
      solution: 'Corrija o remetente e peça novo envio.',
      steps: 'O RD Station não envia isso: procure o intermediário ou a ferramenta que monta o corpo.',
    },
  },
  LEAD_WITHOUT_IDENTITY: {
    en: {
      happened: 'No field that Ponte reads has a usable e-mail or phone of the lead.',
      details:
        'A usable e-mail is valid and has at most 255 characters. A usable phone has at least 8 digits besides country code and leading zeros, not all the same. A number that a spreadsheet has rounded (`5,51199E+12`) is none.',
      solution: 'Ask for e-mail or phone in the form; name the field in `leadFields`.',
      steps:
        'Look at the body in quarantine. If a field of another name has e-mail or phone, add it, for example `leadFields: { mobilePhone: ["WhatsApp"] }`, wait 10 s, and *Retry*. Else make one of the two obligatory in the form, or correct the contact in RD Station and convert it again.',
    },
    pt: {
      happened: 'nenhum campo que o Ponte lê tem um e-mail ou telefone utilizável do lead',
      details:
        'Um e-mail utilizável é válido e tem no máximo 255 caracteres. Um telefone utilizável tem ao menos 8 dígitos além do código do país e dos zeros à esquerda, não todos iguais. Um número que uma planilha arredondou (`5,51199E+12`) não serve.',
      solution: 'Peça e-mail ou telefone no formulário; indique o campo em `leadFields`.',
      steps:
        'Veja o corpo na quarentena. Se um campo com outro nome traz o e-mail ou o telefone, acrescente-o, por exemplo `leadFields: { mobilePhone: ["WhatsApp"] }`, espere 10 s e use *Reenviar*. Senão, torne um dos dois obrigatório no formulário, ou corrija o contato no RD Station e faça-o converter de novo.',
    },
  },
  LEAD_VALUE_REQUIRED: {
    en: {
      happened: 'A value that a rule requires is missing or does not fit.',
      details: 'The rule has `required: true` ([fields](./fields-and-rules.md#required-values)).',
      solution: 'Complete the form, or correct the rule in `fields`; 10 s later retry.',
      steps: 'In the rule, add the name under which the form asks to `from`, or take out `required`.',
    },
    pt: {
      happened: 'um valor que uma regra exige falta ou não serve',
      details: 'A regra tem `required: true` ([campos (em inglês)](./fields-and-rules.md#required-values)).',
      solution: 'Complete o formulário, ou corrija a regra em `fields`; após 10 s, reenvie.',
      steps: 'Na regra, acrescente a `from` o nome com que o formulário pede o valor, ou retire `required`.',
    },
  },
  CRM_EVENT_NOT_UNDERSTOOD: {
    system: 'totvs-crm',
    isUnknownForm: true,
    en: {
      happened: 'The CRM event does not say which opportunity it is about.',
      details: '`source.row.id` or `source.object.contextUrl` is missing or has another form.',
      solution: "Set up the workflow's webhook again in TOTVS CRM.",
      steps:
        "The workflow's object must be *Opportunity*, and the body the standard one. Then save an opportunity. Report a new form of the id.",
    },
    pt: {
      happened: 'o evento do CRM não informa a oportunidade',
      details: '`source.row.id` ou `source.object.contextUrl` falta ou tem outra forma.',
      solution: 'Refaça o webhook do workflow no TOTVS CRM.',
      steps:
        'O objeto do workflow deve ser *Oportunidade*, e o corpo, o padrão. Depois, salve uma oportunidade. Relate uma forma nova do id.',
    },
  },
  CRM_TRIGGER_UNKNOWN: {
    system: 'totvs-crm',
    isUnknownForm: true,
    en: {
      happened: 'The CRM event does not say what happened.',
      details: 'It came to the address without an intent, and Ponte does not know its `trigger.description`.',
      solution: 'Use the addresses that name the event (`/opportunity-won`…).',
      steps:
        'Give each workflow the address of [the list](installing.md#totvs-crm-the-workflows): then the description does not matter.',
      triedAgain: 'No. The next event of the same opportunity makes up for it, because Ponte reads its state.',
    },
    pt: {
      happened: 'o evento do CRM não informa o que aconteceu',
      details: 'Ele chegou ao endereço sem intenção, e o Ponte não conhece o `trigger.description` dele.',
      solution: 'Use os endereços que nomeiam o evento (`/opportunity-won`…).',
      steps:
        'Dê a cada workflow o endereço da [lista](installing.pt-BR.md#totvs-crm-os-workflows): assim a descrição não importa.',
      triedAgain: 'Não. O próximo evento da mesma oportunidade compensa este, porque o Ponte lê a situação dela.',
    },
  },
} as const satisfies Readonly<Record<string, FailureRow>>
