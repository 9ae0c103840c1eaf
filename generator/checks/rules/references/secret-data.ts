import type { Path } from '../../finding.js';
import { isEncrypted } from '../../sops.js';
import type { Fields } from '../../unit/manifest.js';
import type { Rule } from '../rule.js';

const SECRET_NAME = /(passw(or)?d|secret|token|api_?key|access_?key|private_?key|credential)/i;
/** What such a name may go on with, to be about a secret and hold none. */
const NO_SECRET = /_(FILE|PATH|NAME|REALM|SERVICE|ISSUER|URL|ENDPOINT|TTL|EXPIRY|ROOTCERTBUNDLE|JWKS)$/i;
/** Keys of config.yml that hold secrets. */
const CONFIG_SECRETS: Path[] = [
  ['http', 'secret'],
  ['redis', 'password'],
  ['redis', 'sentinelpassword'],
  ['storage', 's3', 'secretkey'],
  ['storage', 's3', 'accesskey'],
  ['storage', 's3aws', 'secretkey'],
  ['storage', 's3aws', 'accesskey'],
  ['storage', 'azure', 'accountkey'],
  ['storage', 'swift', 'password'],
  ['storage', 'oss', 'accesskeysecret'],
  ['proxy', 'password'],
];
/** Secrets that hold nothing yet. */
const EMPTY = /^\s*$/;

/** Nothing secret stands in git in clear text. */
export const secretData: Rule = {
  id: 'secret-data',
  group: 'safety',
  severity: 'error',
  title: 'No secret is in the tree in clear text: no Secret with data, no password in config.yml or in a variable.',
  why: 'base64 is no encryption. What was once committed is in every clone, for ever.',
  fix: "Make the Secret in the cluster (registry-gitops htpasswd), or commit it as SealedSecret, ExternalSecret or encrypted by SOPS; set config.yml's secrets as REGISTRY_ variables from a Secret.",
  check(view, report) {
    for (const secret of view.of('Secret', '')) {
      for (const field of ['data', 'stringData']) {
        for (const [key, value] of Object.entries((secret[field] ?? {}) as Record<string, string>)) {
          if (!EMPTY.test(String(value ?? '')) && !isEncrypted(value))
            report(secret, [field, key], 'is a secret in clear text');
        }
      }
    }
    for (const { configMap, key, value } of view.configFiles) {
      for (const inner of CONFIG_SECRETS) {
        const found = inner.reduce<unknown>((at, name) => (at as Fields | undefined)?.[name], value);
        if (typeof found === 'string' && !EMPTY.test(found))
          report(configMap, ['data', key], `${inner.join('.')} is a secret in clear text`, {
            inner,
            hint: `set it as REGISTRY_${inner.join('_').toUpperCase()} from a Secret`,
          });
      }
    }
    for (const { object, containers } of view.workloads) {
      for (const { container, path } of containers) {
        for (const [index, { name, value }] of (container.env ?? []).entries()) {
          if (SECRET_NAME.test(name) && value && !/^(\/|\$\()/.test(value) && !NO_SECRET.test(name))
            report(object, [...path, 'env', index, 'value'], `${name} is a secret in clear text`, {
              hint: 'take it from a Secret: valueFrom.secretKeyRef',
            });
        }
      }
    }
    for (const configMap of view.of('ConfigMap', '')) {
      for (const [key, text] of Object.entries((configMap['data'] ?? {}) as Record<string, string>)) {
        if (/^\S+:\$(2[aby]|apr1|5|6|1)\$/m.test(text) || /-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text))
          report(configMap, ['data', key], 'holds logins or a private key; they belong in a Secret that is not in git');
        if (/^(requirepass|masterauth)\s+\S/m.test(text))
          report(configMap, ['data', key], "holds Redis' password in clear text", {
            hint: 'pass it as an argument from a variable of a Secret',
          });
      }
    }
  },
};
