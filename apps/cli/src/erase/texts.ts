import { counted } from '@ponte/runtime'
import { translated } from '@ponte/contracts'

/** What `erase` says, and what `forget-tenant` says of removed keys. */
export const eraseTexts = translated({
  en: {
    description: "remove a person's data from everything that Ponte stores (LGPD)",
    email: "the person's e-mail",
    phone: "the person's phone: removes everything else that contains it too, so do not give a shared one",
    name: "the person's name: also removes it from what figures are counted by (identifiers of conversions, reasons of losses)",
    personNeeded: 'Name the person: --email, --phone or both.',
    nameInvalid: '--name has fewer than 3 letters.',
    emailInvalid: '--email is not an e-mail address.',
    phoneInvalid: '--phone has fewer than 8 digits.',
    consent: (tenants: number) =>
      `Remove all that Ponte stores of this person (${counted('en', tenants, 'tenant', 'tenants')})? It cannot be undone.`,
    searching: (tenant: string) => `${tenant}: searching…`,
    searched: (at: { tenant: string; pass: number; keys: number }) =>
      `${at.tenant}: search ${at.pass} finished, ${counted('en', at.keys, 'key', 'keys')} read`,
    searchingKeys: (at: { tenant: string; pass: number; keys: number }) =>
      `${at.tenant}: search ${at.pass}, ${counted('en', at.keys, 'key', 'keys')} read…`,
    former: (tenant: string) => `${tenant} (no longer in the tenants file; ponte forget-tenant removes the rest of it)`,
    nothing: 'nothing found',
    removed: (entry: { kind: string; count: number; dryRun: boolean }) =>
      `${entry.kind}: ${entry.count} ${entry.dryRun ? 'would be removed' : 'removed'}`,
    unread: (jobId: string) =>
      `the quarantined delivery ${jobId} cannot be read and may contain the person. Remove it on the board unless you need it.`,
    nameless: (jobId: string) =>
      `the quarantined delivery ${jobId} contains text, but no e-mail or phone: the person may be named in it. Check it on the board, and remove it there if so.`,
    withOthers: ({ count, dryRun }: { count: number; dryRun: boolean }) =>
      counted(
        'en',
        count,
        `quarantined delivery also contains other people's e-mails and ${dryRun ? 'would be' : 'was'} removed whole: ask for the other leads to be sent again`,
        `quarantined deliveries also contain other people's e-mails and ${dryRun ? 'would be' : 'were'} removed whole: ask for the other leads to be sent again`,
      ),
    left: (queue: string, jobId: string) =>
      `${queue} ${jobId} is being processed and was not removed: run the command again`,
    shared: (count: number) =>
      counted(
        'en',
        count,
        "kept: it contains the same phone together with another person's e-mail",
        "kept: they contain the same phone together with another person's e-mail",
      ),
    rewritten:
      'Redis is rewriting its append-only file, which still contained the removed data. Backups contain it until they expire.',
    notRewritten:
      'Redis did not rewrite its append-only file. Until it does (BGREWRITEAOF), the file contains the removed data.',
    elsewhere:
      'TOTVS CRM and RD Station keep their own records of the person: erase them there, before a webhook brings them back.',
  },
  'pt-BR': {
    description: 'remove os dados de uma pessoa de tudo o que o Ponte guarda (LGPD)',
    email: 'o e-mail da pessoa',
    phone: 'o telefone da pessoa: remove também tudo o mais que o contém; não informe um telefone compartilhado',
    name: 'o nome da pessoa: sai também do que os indicadores contam por nome (identificadores de conversões, motivos de perda)',
    personNeeded: 'Informe a pessoa: --email, --phone ou os dois.',
    nameInvalid: '--name tem menos de 3 letras.',
    emailInvalid: '--email não é um endereço de e-mail.',
    phoneInvalid: '--phone tem menos de 8 dígitos.',
    consent: tenants =>
      `Remover tudo o que o Ponte guarda da pessoa (${counted('pt-BR', tenants, 'empresa', 'empresas')})? Não há como desfazer.`,
    searching: tenant => `${tenant}: procurando…`,
    searched: ({ tenant, pass, keys }) =>
      `${tenant}: busca ${pass} concluída, ${counted('pt-BR', keys, 'chave lida', 'chaves lidas')}`,
    searchingKeys: ({ tenant, pass, keys }) =>
      `${tenant}: busca ${pass}, ${counted('pt-BR', keys, 'chave lida', 'chaves lidas')}…`,
    former: tenant => `${tenant} (não está mais no arquivo de tenants; ponte forget-tenant remove o resto)`,
    nothing: 'nada encontrado',
    removed: ({ kind, count, dryRun }) =>
      `${kind}: ${
        dryRun
          ? counted('pt-BR', count, 'seria removido', 'seriam removidos')
          : counted('pt-BR', count, 'removido', 'removidos')
      }`,
    unread: jobId =>
      `a entrega ${jobId} em quarentena não pode ser lida e pode conter a pessoa. Remova-a no painel, a não ser que precise dela.`,
    nameless: jobId =>
      `a entrega ${jobId} em quarentena contém texto, mas nenhum e-mail ou telefone: a pessoa pode ser citada nela. Veja-a no painel e, se for o caso, remova-a ali.`,
    withOthers: ({ count, dryRun }) =>
      counted(
        'pt-BR',
        count,
        `entrega em quarentena contém também e-mails de outras pessoas e ${dryRun ? 'sairia' : 'saiu'} por inteiro: peça novo envio dos outros leads`,
        `entregas em quarentena contêm também e-mails de outras pessoas e ${dryRun ? 'sairiam' : 'saíram'} por inteiro: peça novo envio dos outros leads`,
      ),
    left: (queue, jobId) => `${queue} ${jobId} está em processamento e não foi removido: execute o comando de novo`,
    shared: count =>
      counted(
        'pt-BR',
        count,
        'mantido: contém o mesmo telefone junto do e-mail de outra pessoa',
        'mantidos: contêm o mesmo telefone junto do e-mail de outra pessoa',
      ),
    rewritten:
      'O Redis está reescrevendo o arquivo append-only, que ainda continha os dados removidos. Os backups os contêm até serem descartados.',
    notRewritten:
      'O Redis não reescreveu o arquivo append-only. Até que o faça (BGREWRITEAOF), o arquivo contém os dados removidos.',
    elsewhere:
      'O TOTVS CRM e o RD Station guardam os próprios registros da pessoa: apague-os lá, antes que um webhook os traga de volta.',
  },
})

export const forgetTenantTexts = translated({
  en: {
    description: 'remove everything in Redis of a tenant that is no longer in the tenants file',
    name: 'the name that the tenant had',
    yes: 'yes, remove it: this cannot be undone',
    nameInvalid: (name: string) => `"${name}" is not a valid tenant name.`,
    configured: (name: string) =>
      `The tenant "${name}" is in the tenants file. Remove it there first. Within 10 s no process serves it any more.`,
    yesNeeded: 'Confirm with --yes, or use --dry-run to see what would be removed.',
    workerConnected: (name: string) =>
      `A worker for "${name}" is connected: its last jobs still run, or its tenants file still names the tenant. Wait 10 s; if it stays, look at the log of the workers.`,
    jobRuns: (name: string) =>
      `A job of "${name}" still runs, and would write its records again. Run the command again when it has ended.`,
    working: (at: { name: string; count: number }) => `${at.name}: ${counted('en', at.count, 'key', 'keys')}…`,
    keys: ({ count, dryRun }: { count: number; dryRun: boolean }) =>
      `${counted('en', count, 'key', 'keys')} in all ${dryRun ? 'would be removed' : 'removed'}`,
    left: (count: number) =>
      `${counted('en', count, 'key is', 'keys are')} back: a process still works for the tenant. See in the logs which one does not use the current tenants file, and run the command again.`,
  },
  'pt-BR': {
    description: 'remove tudo o que o Redis guarda de uma empresa que não está mais no arquivo de tenants',
    name: 'o nome que a empresa tinha',
    yes: 'sim, remova: não pode ser desfeito',
    nameInvalid: name => `"${name}" não é um nome de empresa (tenant) válido.`,
    configured: name =>
      `A empresa "${name}" está no arquivo de tenants. Retire-a de lá antes. Em até 10 s nenhum processo mais a atende.`,
    yesNeeded: 'Confirme com --yes, ou use --dry-run para ver o que seria removido.',
    workerConnected: name =>
      `Há um worker conectado para "${name}": os últimos eventos dela ainda rodam, ou ela ainda está no arquivo de tenants dele. Espere 10 s; se continuar, veja o log dos workers.`,
    jobRuns: name =>
      `Um trabalho de "${name}" ainda está em andamento e gravaria seus registros de novo. Repita o comando quando ele terminar.`,
    working: ({ name, count }) => `${name}: ${counted('pt-BR', count, 'chave', 'chaves')}…`,
    keys: ({ count, dryRun }) =>
      dryRun
        ? `ao todo, ${counted('pt-BR', count, 'chave seria removida', 'chaves seriam removidas')}`
        : `ao todo, ${counted('pt-BR', count, 'chave removida', 'chaves removidas')}`,
    left: count =>
      `${counted('pt-BR', count, 'chave voltou', 'chaves voltaram')}: um processo ainda trabalha para a empresa. Veja nos logs qual não usa o arquivo de tenants atual e execute o comando de novo.`,
  },
})
