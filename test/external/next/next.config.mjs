/** What stays outside of the bundle can be watched while it loads. */
export default {
  serverExternalPackages: ['@trpc/server'],
  turbopack: { root: import.meta.dirname },
};
