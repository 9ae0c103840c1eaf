import { asksForLogin, exposuresOf } from '../network/exposure.js';
import type { Rule } from '../rule.js';

/** A registry that can be reached from outside asks for a login. */
export const registryAuth: Rule = {
  id: 'registry-auth',
  group: 'safety',
  severity: 'error',
  title: 'A registry that can be reached from outside asks for a login.',
  why: "Without a login everyone who reaches it may push, pull and delete: your images can be replaced, and your disk filled with others'.",
  fix: 'Configure auth (htpasswd or token). Where another layer asks for the login, make an exception that names it.',
  check(view, report) {
    for (const { server, by } of exposuresOf(view)) {
      if (asksForLogin(server) !== false || !server.config) continue;
      report(
        server.config.configMap,
        ['data', server.config.key],
        `there is no login, and ${by.kind}/${by.metadata.name} lets everyone in`,
        { inner: ['auth'] },
      );
    }
  },
};
