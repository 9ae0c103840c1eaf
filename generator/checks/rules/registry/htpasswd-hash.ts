import { isEncrypted } from '../../sops.js';
import type { Rule } from '../rule.js';

/** Logins are bcrypt hashes: the registry takes nothing else. */
export const htpasswdHash: Rule = {
  id: 'htpasswd-hash',
  group: 'safety',
  severity: 'error',
  title: 'Lines of an htpasswd file have bcrypt hashes.',
  why: 'The registry reads bcrypt only. A login with an MD5, SHA or clear-text password never works, and it says no more than 401.',
  fix: 'Make the line with `registry-gitops htpasswd USER --line`, or `htpasswd -B`.',
  check(view, report) {
    const named = new Set(
      view.servers.map(({ settings }) =>
        String(settings['auth']?.htpasswd?.path ?? '')
          .split('/')
          .at(-1)!,
      ),
    );
    for (const object of [...view.of('Secret', ''), ...view.of('ConfigMap', '')]) {
      for (const [field, decode] of [
        ['stringData', false],
        ['data', object.kind === 'Secret'],
      ] as const) {
        for (const [key, raw] of Object.entries((object[field] ?? {}) as Record<string, string>)) {
          if (!(/(^|[._-])htpasswd$/.test(key) || named.has(key)) || typeof raw !== 'string' || isEncrypted(raw))
            continue;
          const text = decode ? Buffer.from(raw, 'base64').toString() : raw;
          for (const [index, line] of text.split('\n').entries()) {
            const login = /^([^#:\s][^:]*):(.+)$/.exec(line.trim());
            if (login && !/^\$2[aby]\$\d\d\$.{53}$/.test(login[2]!))
              report(object, [field, key], `line ${index + 1}: the password of ${login[1]} is no bcrypt hash`);
            else if (!login && line.trim() !== '' && !line.startsWith('#'))
              report(object, [field, key], `line ${index + 1} is no line of an htpasswd file (user:hash)`);
          }
        }
      }
    }
  },
};
