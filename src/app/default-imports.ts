import type { Settings } from '../config/index.ts';
import type { Discovery } from './discover-modules.ts';

/** The modules that an app's workers and commands load besides that of -A. */
export class DefaultImports {
  readonly #discoveries: Discovery[] = [];

  /** Has them looked for, too. */
  add(discovery: Discovery): void {
    this.#discoveries.push(discovery);
  }

  /** @throws ModuleLoadError with file, line and cause */
  async load({ imports, include }: Settings, more: readonly string[]): Promise<void> {
    const { loadDefaultModules } = await import('./default-modules.ts');
    await loadDefaultModules([...imports, ...include, ...more], this.#discoveries);
  }
}
