"""What Python makes of values: a JSON object per line in, `{"op": name, "items": [...]}`, a JSON list per line out.

Values are told without loss as descriptions, such as ["int", "5"] or ["list", [...]]: `describe` and `build` below.
Each item is answered with {"ok": ...} or {"error": "<class>: <text>"}.
"""
import json
import pickle
import struct
import sys
from collections import OrderedDict
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import yaml
from celery import Celery
from celery.backends.base import KeyValueStoreBackend
from celery.utils.saferepr import saferepr
from celery.utils.time import maybe_iso8601
from kombu.utils import json as kombu_json

try:
    import msgpack
except ImportError:
    msgpack = None

# the names that Python expressions in tests see
expressions = {}
exec((Path(__file__).parent.parent / 'fixtures/values.py').read_text(), expressions)

backend = KeyValueStoreBackend(app=Celery('oracle', set_as_current=False))


def describe(value):
    """A value as JSON that keeps its type."""
    if value is None or value is True or value is False:
        return ['const', repr(value)]
    kind = type(value)
    if kind is int:
        return ['int', str(value)]
    if kind is float:
        return ['float', 'nan' if value != value else struct.pack('>d', value).hex()]
    if kind is str:
        return ['str', value]
    if kind is bytes:
        return ['bytes', value.hex()]
    if kind in (list, tuple):
        return [kind.__name__, [describe(item) for item in value]]
    if kind in (dict, OrderedDict):
        return ['dict', [[describe(key), describe(item)] for key, item in value.items()]]
    if kind in (datetime, date, time):
        return [kind.__name__, value.isoformat()]
    if kind in (Decimal, UUID):
        return [kind.__name__, str(value)]
    return ['other', repr(value)]


def build(description):
    """The value that a description tells of."""
    kind, told = description
    if kind == 'const':
        return {'None': None, 'True': True, 'False': False}[told]
    if kind in ('list', 'tuple', 'set'):
        return {'list': list, 'tuple': tuple, 'set': set}[kind](build(item) for item in told)
    if kind == 'dict':
        return {build(key): build(item) for key, item in told}
    if kind == 'float':
        return float('nan') if told == 'nan' else struct.unpack('>d', bytes.fromhex(told))[0]
    if kind == 'bytes':
        return bytes.fromhex(told)
    if kind in ('datetime', 'date', 'time'):
        return {'datetime': datetime, 'date': date, 'time': time}[kind].fromisoformat(told)
    return {'int': int, 'str': str, 'Decimal': Decimal, 'UUID': UUID}[kind](told)


def dress(value):
    """A value in the form that Celery has since 5.3, for plain `json.dumps`."""
    import base64
    kind = type(value)
    if kind in (list, tuple) or isinstance(value, tuple):
        return [dress(item) for item in value]
    if kind is dict:
        return {key: dress(item) for key, item in value.items()}
    if kind in (datetime, date, time):
        return {'__type__': kind.__name__, '__value__': value.isoformat()}
    if hasattr(value, '__json__'):
        return dress(value.__json__())
    if kind is Decimal:
        return {'__type__': 'decimal', '__value__': str(value)}
    if kind is UUID:
        return {'__type__': 'uuid', '__value__': {'hex': value.hex}}
    if kind is bytes:
        try:
            return {'__type__': 'bytes', '__value__': value.decode('utf-8')}
        except UnicodeDecodeError:
            return {'__type__': 'base64', '__value__': base64.b64encode(value).decode('ascii')}
    return value


def undress(pairs):
    """The other way, for each object that `json.loads` meets."""
    import base64
    if set(pairs) != {'__type__', '__value__'}:
        return pairs
    value = pairs['__value__']
    return {
        'datetime': datetime.fromisoformat,
        'date': lambda text: datetime.fromisoformat(text).date(),
        'time': time.fromisoformat,
        'decimal': Decimal,
        'uuid': lambda fields: UUID(**fields),
        'bytes': lambda text: text.encode('utf-8'),
        'base64': lambda text: base64.b64decode(text.encode('ascii')),
    }[pairs['__type__']](value)


def shown(item):
    """Celery's `saferepr` of [description, length]."""
    description, length = item
    return saferepr(build(description), length)


def raised(item):
    """A result document of an exception [module, class, arguments]."""
    module, name, args = item
    found = getattr(sys.modules.get(module), name, None)
    cls = found or type(name, (Exception,), {'__module__': module})
    error = cls(*[build(arg) for arg in args])
    result = backend.prepare_exception(error)
    meta = backend._get_result_meta(result=result, state='FAILURE', traceback='tb', request=None)
    return backend.encode({**meta, 'task_id': 'id'})


def caught(text):
    """The exception of a result document: [class, bases, text, arguments]."""
    error = backend.decode_result(text)['result']
    if not isinstance(error, BaseException):
        raise TypeError('no exception')
    return [type(error).__name__, type(error).__module__, [describe(arg) for arg in error.args]]


def instant(text):
    """The instants in microseconds that `fromisoformat` and Celery read; a naive one is UTC."""
    def microseconds(read):
        try:
            moment = read(text)
        except (ValueError, TypeError, OverflowError, AttributeError):
            return None
        aware = moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
        return str((aware - datetime(1970, 1, 1, tzinfo=timezone.utc)) // timedelta(microseconds=1))
    return [microseconds(datetime.fromisoformat), microseconds(maybe_iso8601)]


OPERATIONS = {
    # what Kombu 5.2 reads and writes, and what later ones do
    'loads': lambda text: describe(kombu_json.loads(text)),
    'dumps': lambda item: kombu_json.dumps(build(item)),
    'loadsTyped': lambda text: describe(json.loads(text, object_hook=undress)),
    'dumpsTyped': lambda item: json.dumps(dress(build(item))),
    # Python's own text, for tables
    'evalDumps': lambda text: kombu_json.dumps(eval(text, expressions)),
    'evalDumpsTyped': lambda text: json.dumps(dress(eval(text, expressions))),
    'reprLoads': lambda text: repr(kombu_json.loads(text)),
    'reprLoadsTyped': lambda text: repr(json.loads(text, object_hook=undress)),
    'saferepr': shown,
    'instant': instant,
    'raised': raised,
    'caught': caught,
    'decimal': lambda text: str(Decimal(text)),
    'yamlLoad': lambda text: describe(yaml.safe_load(text)),
    'yamlDump': lambda item: yaml.safe_dump(build(item), allow_unicode=False),
    'msgpackLoad': lambda told: describe(msgpack.unpackb(bytes.fromhex(told), raw=False)),
    'msgpackDump': lambda item: msgpack.packb(build(item), use_bin_type=True).hex(),
    'pickleLoad': lambda told: describe(pickle.loads(bytes.fromhex(told))),
    'pickleDump': lambda item: pickle.dumps(build(item[0]), protocol=item[1]).hex(),
}


def answer(operation, item):
    try:
        return {'ok': operation(item)}
    except Exception as error:
        return {'error': f'{type(error).__name__}: {error}'}


print('ready', flush=True)
for line in sys.stdin:
    request = json.loads(line)
    answers = [answer(OPERATIONS[request['op']], item) for item in request['items']]
    print(json.dumps(answers), flush=True)
