import {
  isAuth,
  isCompression,
  isSerializer,
  strangeCompression,
  strangeSerializer,
} from '../protocol/index.ts';
import { redactText } from '../util/index.ts';
import { custom, names, type Setting, text } from './kinds.ts';
import { type DeliveryMode, deliveryModes } from './routes.ts';

/** The name of a serializer, or its content type. */
export function serializer(preset: string, help: string): Setting<string> {
  const kind = text(preset, help);
  return {
    ...kind,
    expects: 'the name of a serializer',
    parse(value) {
      if (typeof value !== 'string') return { ok: false };
      if (isSerializer(value)) return { ok: true, value };
      return { ok: false, problem: `cannot be so: ${strangeSerializer(redactText(value))}` };
    },
  };
}

/** The same for results, which nothing signs. */
export function resultSerializer(help: string): Setting<string> {
  const kind = serializer('json', help);
  return {
    ...kind,
    parse(value) {
      if (typeof value !== 'string' || !isAuth(value)) return kind.parse(value);
      return { ok: false, problem: `cannot be '${value}': results are not signed` };
    },
  };
}

/** The name of a compression. */
export function compression(help: string): Setting<string> {
  const kind = text('none', help);
  return {
    ...kind,
    expects: 'the name of a compression',
    parse(value) {
      if (typeof value !== 'string') return { ok: false };
      if (isCompression(value)) return { ok: true, value };
      return { ok: false, problem: `cannot be so: ${strangeCompression(redactText(value))}` };
    },
  };
}

/** Serializers, by name or content type. */
export function contents(preset: readonly string[], help: string): Setting<readonly string[]> {
  const kind = names(preset, help);
  return {
    ...kind,
    expects: 'a list of serializers',
    parse(value) {
      const parsed = kind.parse(value);
      if (!parsed.ok) return parsed;
      const strange = parsed.value.find((name) => !isSerializer(name));
      if (strange === undefined) return parsed;
      return { ok: false, problem: `cannot be so: ${strangeSerializer(redactText(strange))}` };
    },
  };
}

/** 'persistent' or 2, 'transient' or 1. */
export function deliveryMode(preset: DeliveryMode, help: string): Setting<DeliveryMode> {
  return custom({
    default: preset,
    help,
    expects: "'persistent' or 2, 'transient' or 1",
    parse: (value) => {
      const mode = deliveryModes.find((each) => each === value);
      return mode === undefined ? { ok: false } : { ok: true, value: mode };
    },
  });
}
