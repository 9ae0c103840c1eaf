import { rangeName, SUPPORTED_MINORS, type Target } from '../checks/index.js';
import { type Config, ConfigError } from '../config/index.js';
import { settingsOf, variantNames } from './variants.js';

/** @throws ConfigError where a variant must work on minors of Kubernetes that there are no schemas for */
export function checkTargets(config: Config): void {
  const [oldest, newest] = [SUPPORTED_MINORS[0]!, SUPPORTED_MINORS.at(-1)!];
  for (const variant of variantNames(config)) {
    const target: Target | undefined = settingsOf(config, variant).kubernetes;
    if (!target || (target.first >= oldest && target.last <= newest)) continue;
    throw new ConfigError([
      {
        ...config.placeOf(variant, 'kubernetesVersion')!,
        message: `there are schemas for Kubernetes ${rangeName({ first: oldest, last: newest })}, and none for ${rangeName(target)}; narrow it, or add them by \`npm run refresh-schemas\``,
      },
    ]);
  }
}
