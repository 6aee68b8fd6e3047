import {
  type ConfigSource,
  type ExplainedSetting,
  explainSettings,
  resolveSettings,
  type Settings,
  type SettingsOptions,
  type SettingsSources,
} from '../config/index.ts';
import { ConfigError, ModuleLoadError } from '../errors.ts';
import { nearest } from '../util/index.ts';
import { type LoadedModule, loadConfigModule } from './load-module.ts';
import { parseModuleSpec } from './module-file.ts';

/** What `configFromObject` takes beside the settings. */
export interface ConfigOptions {
  /** 'CELERY': only names such as CELERY_TASK_ACKS_LATE are settings; others are none of ours. */
  readonly namespace?: string | undefined;
}

/** Settings in a module, by its path, or in an object; in any of Celery's spellings. */
export type ConfigInput = string | object;

/** Celery's variable for the module with the settings; `--config` sets it. */
const moduleVariable = 'CELERY_CONFIG_MODULE';

/** The settings of one app: collected until they are read for the first time, then fixed. */
export class Configuration {
  readonly #options: SettingsOptions;
  readonly #env: NodeJS.ProcessEnv;
  #config: (ConfigOptions & { readonly input: ConfigInput }) | undefined;
  #sources: SettingsSources | undefined;
  #settings: Settings | undefined;

  constructor(options: SettingsOptions, env: NodeJS.ProcessEnv) {
    this.#options = options;
    this.#env = env;
  }

  /** Takes the place of what was configured before. @throws ConfigError once settings were read */
  configure(input: unknown, { namespace }: ConfigOptions = {}): void {
    if (this.#sources !== undefined) {
      throw new ConfigError(
        "this app's settings were read already and cannot change; call configFromObject() right after new Celery(), before anything is sent or its settings are looked at",
      );
    }
    if (!isConfigInput(input)) {
      throw new ConfigError(
        `a config must be an object or the path of a module such as './celeryconfig.ts', got ${String(input)}`,
      );
    }
    this.#config = { input, namespace };
  }

  /** @throws ConfigError listing every problem, ModuleLoadError */
  get settings(): Settings {
    this.#settings ??= resolveSettings(this.#read());
    return this.#settings;
  }

  /** The settings that would hold if the command line said so. @throws ConfigError, ModuleLoadError */
  settingsWith(overrides: SettingsOptions): Settings {
    return resolveSettings({ ...this.#read(), overrides });
  }

  /** Every setting and where its value is from. @throws ConfigError, ModuleLoadError */
  explain(): readonly ExplainedSetting[] {
    return explainSettings(this.#read());
  }

  /** Modules are loaded once, and the environment is that of the first time. */
  #read(): SettingsSources {
    this.#sources ??= {
      env: { ...this.#env },
      options: this.#options,
      configs: [...this.#namedByEnvironment(), ...this.#namedByProgram()],
    };
    return this.#sources;
  }

  #namedByEnvironment(): ConfigSource[] {
    const spec = this.#env[moduleVariable];
    return spec ? [{ values: settingsOfModule(spec), from: spec }] : [];
  }

  #namedByProgram(): ConfigSource[] {
    if (this.#config === undefined) return [];
    const { input, namespace } = this.#config;
    return typeof input === 'string'
      ? [{ values: settingsOfModule(input), from: input, namespace }]
      : [{ values: withDefaults(input), from: 'config object', namespace }];
  }
}

function isConfigInput(input: unknown): input is ConfigInput {
  if (typeof input === 'string') return input !== '';
  // a class with static fields is a function
  return (typeof input === 'object' && input !== null) || typeof input === 'function';
}

function settingsOfModule(spec: string): object {
  const loaded = loadConfigModule(spec);
  const { path, attribute } = parseModuleSpec(spec);
  if (attribute === undefined) return withDefaults(loaded);
  const exported = new Map(Object.entries(loaded));
  const value = exported.get(attribute);
  if (typeof value === 'object' && value !== null) return value;
  const near = nearest(attribute, exported.keys());
  throw new ModuleLoadError(
    exported.has(attribute)
      ? `'${attribute}' of '${path}' is no object of settings`
      : `'${path}' exports no '${attribute}'${near === undefined ? '' : `; did you mean '${path}:${near}'?`}`,
  );
}

/** The settings may be the module's exports, its default one, or both. */
function withDefaults(loaded: LoadedModule | object): object {
  const { default: inner, 'module.exports': _whole, ...own } = { ...loaded } as LoadedModule;
  return typeof inner === 'object' && inner !== null ? { ...inner, ...own } : own;
}
