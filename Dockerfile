# One image for every process and for the command line; compose (or your orchestrator) names the command.

# The digest is that of the multi-architecture index: the same bytes in a year, whatever the tag names by then.
ARG NODE_IMAGE=node:24.21.0-bookworm-slim@sha256:0e0ff40c39bc087845bfb27465a0df4ea419520094bc35842ff83dd8cbe6f9b6

FROM ${NODE_IMAGE} AS dependencies
WORKDIR /app
RUN npm install --global pnpm@12.21.0
COPY package.json pnpm-lock.yaml pnpm-workspace.yaml ./
COPY apps apps
COPY packages packages
COPY tools/sandbox tools/sandbox
# No development tools and none of the optional binaries (Node.js, Redis) that serve a bare machine. Source maps, and what dependencies
# carry of TypeScript, serve nobody who runs this: Node.js reads neither.
RUN pnpm install --frozen-lockfile --prod --no-optional \
      --filter-prod '@ponte/ingress...' --filter-prod '@ponte/worker...' --filter-prod '@ponte/board...' \
      --filter-prod '@ponte/cli...' --filter-prod '@ponte/sandbox...' \
 && find node_modules -type f \( -name '*.map' -o -name '*.ts' -o -name '*.mts' -o -name '*.cts' \) -delete

FROM ${NODE_IMAGE}
LABEL org.opencontainers.image.title="Ponte" \
      org.opencontainers.image.description="Carries leads from RD Station Marketing into TOTVS CRM, and what became of each opportunity back." \
      org.opencontainers.image.version="0.1.0"
WORKDIR /app
ENV NODE_ENV=production \
    INGRESS_HOST=0.0.0.0 \
    BOARD_HOST=0.0.0.0 \
    OPS_HOST=0.0.0.0 \
    OPS_PORT=9090 \
    PONTE_CONFIG=/app/ponte.config.yaml \
    PONTE_COMMAND='docker compose run --rm cli' \
    PONTE_RESTART='docker compose up -d {process}'
COPY --from=dependencies /app /app
COPY docs docs
# What `ponte init` makes its files from.
COPY .env.example .env.webhooks.example .env.credentials.example ponte.config.example.yaml ./
# Compiled modules: a process starts in half the time, and takes 20 MB less because it strips no types. Node.js keeps them for one user,
# and at run time nobody may write them. Without settings each app ends as soon as its modules are loaded.
ENV NODE_COMPILE_CACHE=/app/.compile-cache
RUN install --directory --owner=1000 --group=1000 "$NODE_COMPILE_CACHE" \
 && for app in ingress worker board cli; do \
      setpriv --reuid=1000 --regid=1000 --clear-groups node "apps/$app/src/main.ts" > /dev/null 2>&1 || true; \
    done \
 && chown --recursive root:root "$NODE_COMPILE_CACHE" \
 && chmod --recursive a=rX "$NODE_COMPILE_CACHE"
# The image's user `node`, by number: Kubernetes' runAsNonRoot cannot tell what a name stands for.
USER 1000:1000
# Alive is not ready: an orchestrator that balances load should ask /readyz.
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
  CMD ["node", "--eval", "fetch(`http://127.0.0.1:${process.env.OPS_PORT}/healthz`).then(answer => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "apps/ingress/src/main.ts"]
