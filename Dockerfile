# Two images: the hook's, which is made unless another target is named, and the runtime's (--target runtime), which has other
# packages and runs beside or instead of a user's server. Both: Node.js, the compiled code and its production dependencies;
# no shell, no package manager, not root.
# For other registries: --build-arg BUILD_IMAGE=... --build-arg RUNTIME_IMAGE=...; pin them by digest where it matters.
ARG BUILD_IMAGE=node:24-slim
ARG RUNTIME_IMAGE=gcr.io/distroless/nodejs24-debian12:nonroot

FROM ${BUILD_IMAGE} AS build
WORKDIR /app
# Dependencies first: they change less often than the code, and a layer that did not change is not made again.
COPY package.json package-lock.json .npmrc ./
COPY src/runtime/package.json src/runtime/
# With the optional ones, among which is the compiler for this platform.
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY src src
RUN npm run build

FROM ${BUILD_IMAGE} AS hook-dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Without the workspace, and by that made anew which packages are for development alone: to the lock file those that the
# runtime needs too are not. The optional one is Node.js, which the image has.
RUN npm pkg delete workspaces devDependencies && npm install --omit=optional --ignore-scripts

FROM ${BUILD_IMAGE} AS runtime-dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY src/runtime/package.json src/runtime/
RUN npm ci --omit=dev --omit=optional --ignore-scripts --workspace=src/runtime && node --eval "fs.rmSync('node_modules/smooth-operator-runtime')"

FROM ${RUNTIME_IMAGE} AS runtime
COPY --from=runtime-dependencies /app/node_modules /app/node_modules
COPY --from=build /app/src/runtime/dist /app/dist
COPY src/runtime/package.json LICENSE /app/
# After the copies, so that the folder is root's like all that is in it: some builders give a new one to the base's user.
WORKDIR /app
# One heap of malloc's for all threads: with one for each, what Node's compilers and collectors free is never used again.
ENV MALLOC_ARENA_MAX=1
# `node` is called by its name, wherever the image has it.
ENV NODE_ENV=production PATH=/nodejs/bin:/usr/local/bin:/usr/bin:/bin
# By number: Kubernetes cannot tell from a name that it is not root.
USER 65532:65532
ENTRYPOINT ["node", "/app/dist/runtime/main.js"]
CMD ["--help"]

FROM ${RUNTIME_IMAGE} AS hook
COPY --from=hook-dependencies /app/node_modules /app/node_modules
COPY --from=build /app/dist /app/dist
COPY package.json LICENSE /app/
COPY crds /app/crds
# After the copies, so that the folder is root's like all that is in it: some builders give a new one to the base's user.
WORKDIR /app
# One heap of malloc's for all threads: with one for each, what Node's compilers and collectors free is never used again.
ENV MALLOC_ARENA_MAX=1
# `node` is called by its name, here and by `helm test`, wherever the runtime image has it.
ENV NODE_ENV=production PATH=/nodejs/bin:/usr/local/bin:/usr/bin:/bin
# By number: Kubernetes cannot tell from a name that it is not root.
USER 65532:65532
EXPOSE 8080
# A small young generation, an old one that grows slowly, no middle compiler: a third less memory, and as fast for calls that
# are short and alike.
ENTRYPOINT ["node", "--max-semi-space-size=8", "--memory-saver-mode", "--no-maglev", "/app/dist/cli.js"]
CMD ["serve"]
