import { asksForLogin, exposuresOf } from './exposure.js';
import type { Rule } from '../rule.js';

/** Passwords do not travel in clear text. */
export const plainHttpLogin: Rule = {
  id: 'plain-http-login',
  group: 'safety',
  severity: 'error',
  title: 'A registry with a login is reached over HTTPS.',
  why: 'Basic authentication sends the password with each request. Over plain HTTP everyone on the way reads it.',
  fix: 'Let TLS end at the Ingress. On a network that you trust, make an exception with the reason.',
  check(view, report) {
    const reported = new Set<unknown>();
    for (const { server, by, tls } of exposuresOf(view)) {
      if (tls || asksForLogin(server) !== true || reported.has(by)) continue;
      reported.add(by);
      report(by, ['spec'], 'plain HTTP shows the passwords of the login to the network');
    }
  },
};
