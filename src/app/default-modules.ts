import { type Discovery, discoverModules } from './discover-modules.ts';
import { loadModule } from './load-module.ts';

/** Loads modules in their order, then those that are discovered. @throws ModuleLoadError */
export async function loadDefaultModules(
  modules: readonly string[],
  discoveries: readonly Discovery[],
): Promise<void> {
  const cwd = process.cwd();
  for (const module of modules) await loadModule(module, cwd);
  for (const discovery of discoveries) {
    for (const module of await discoverModules(discovery, cwd)) await loadModule(module, cwd);
  }
}
