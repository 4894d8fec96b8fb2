import { counted } from '@ponte/runtime'
import { translated } from '@ponte/contracts'

export const forgetTenantTexts = translated({
  en: {
    description: 'remove everything in Redis of a tenant that is no longer in the tenants file',
    name: 'the name that the tenant had',
    yes: 'yes, remove it: this cannot be undone',
    nameInvalid: (name: string) => `"${name}" is not a valid tenant name.`,
    configured: (name: string) =>
      `The tenant "${name}" is in the tenants file. Remove it there first, and restart the ingress, the workers and the board.`,
    yesNeeded: 'Confirm with --yes, or use --dry-run to see what would be removed.',
    workerConnected: (name: string) =>
      `A worker for "${name}" is connected. First restart the workers, the ingress and the board with the current tenants file.`,
    working: (at: { name: string; count: number }) => `${at.name}: ${counted('en', at.count, 'key', 'keys')}…`,
    keys: ({ count, dryRun }: { count: number; dryRun: boolean }) =>
      `${counted('en', count, 'key', 'keys')} in all ${dryRun ? 'would be removed' : 'removed'}`,
    left: (count: number) =>
      `${counted('en', count, 'key is', 'keys are')} back: a process still works for the tenant. Restart it with the current tenants file and run the command again.`,
  },
  'pt-BR': {
    description: 'remove tudo o que o Redis guarda de uma empresa que não está mais no arquivo de tenants',
    name: 'o nome que a empresa tinha',
    yes: 'sim, remova: não pode ser desfeito',
    nameInvalid: name => `"${name}" não é um nome de empresa (tenant) válido.`,
    configured: name =>
      `A empresa "${name}" está no arquivo de tenants. Retire-a de lá antes e reinicie a entrada, os workers e o painel.`,
    yesNeeded: 'Confirme com --yes, ou use --dry-run para ver o que seria removido.',
    workerConnected: name =>
      `Há um worker conectado para "${name}". Antes, reinicie os workers, a entrada e o painel com o arquivo de tenants atual.`,
    working: ({ name, count }) => `${name}: ${counted('pt-BR', count, 'chave', 'chaves')}…`,
    keys: ({ count, dryRun }) =>
      dryRun
        ? `ao todo, ${counted('pt-BR', count, 'chave seria removida', 'chaves seriam removidas')}`
        : `ao todo, ${counted('pt-BR', count, 'chave removida', 'chaves removidas')}`,
    left: count =>
      `${counted('pt-BR', count, 'chave voltou', 'chaves voltaram')}: um processo ainda trabalha para a empresa. Reinicie-o com o arquivo de tenants atual e execute o comando de novo.`,
  },
})
