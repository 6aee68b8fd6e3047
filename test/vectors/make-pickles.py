# Writes pickles.json: values that Python pickled, in every protocol, and pickles that do harm. Run by hand:
# python3 test/vectors/make-pickles.py > test/vectors/pickles.json
import base64
import collections
import datetime
import decimal
import json
import pickle
import struct
import sys
import uuid

utc = datetime.timezone.utc
west = datetime.timezone(datetime.timedelta(hours=-2, minutes=-30))
values = {
    'None': None, 'True': True, 'False': False,
    'numbers': [0, 255, 256, 65535, 65536, -1, -129, 2**31, -2**31 - 1, 2**53, 2**70, -2**70],
    'floats': [1.5, -0.0, 1e300, float('inf'), float('-inf')],
    'texts': ['', 'é😀\n\\u0041', 'x' * 300],
    'surrogate': '\ud800x',
    'bytes': [b'', b'a\xff', b'y' * 300], 'bytearray': [bytearray(b'xy'), bytearray()],
    'tuples': [(), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4)],
    'dict': {'a': {'b': []}, '__proto__': 1, 'constructor': 2},
    'odd keys': {1: 'a', None: 'b', True: 'c', 2.5: 'd', 2**70: 'e'},
    'sets': [{7}, frozenset([8]), set(), frozenset()],
    'ordered': collections.OrderedDict(z=1, a=2),
    'datetime utc': datetime.datetime(2024, 1, 2, 3, 4, 5, 678000, tzinfo=utc),
    'datetime west': datetime.datetime(2024, 1, 2, 3, 4, 5, tzinfo=west),
    'datetime naive': datetime.datetime(2024, 1, 2, 3, 4, 5),
    'datetime fold': datetime.datetime(2024, 1, 2, 3, 4, 5, fold=1, tzinfo=utc),
    'date': datetime.date(2024, 1, 2),
    'times': [datetime.time(3, 4, 5, 6), datetime.time(3, 4, tzinfo=west)],
    'decimals': [decimal.Decimal('1.50'), decimal.Decimal('NaN'), decimal.Decimal('-1E+30')],
    'uuid': uuid.UUID('12345678-1234-5678-1234-567812345678'),
    'shared': (lambda part: [part, part, {'again': part}])(['part']),
    'many': list(range(1100)),
}


class Evil:
    def __reduce__(self):
        import os
        return os.system, ('echo pwned',)


def cyclic():
    items = []
    items.append(items)
    return items


def bomb():
    items = ['lol'] * 10
    for _ in range(30):
        items = [items, items]
    return items


def deep(levels):
    return b'\x80\x04' + b']' * levels + b'a' * (levels - 1) + b'.'


def b64(data):
    return base64.b64encode(data).decode()


sys.modules['__main__'].Evil = Evil
p4 = b'\x80\x04'
hostile = {
    'os.system': pickle.dumps(Evil(), 4),
    'os.system in protocol 0': pickle.dumps(Evil(), 0),
    'eval through a global': b'cbuiltins\neval\n(S\'1\'\ntR.',
    'a class alone': p4 + b'\x8c\x05posix\x8c\x06system\x93.',
    'an instance, INST': b'(ios\nsystem\n.',
    'an instance, OBJ': b'(cos\nsystem\no.',
    'an instance, NEWOBJ': pickle.dumps(collections.Counter('a'), 4),
    'an instance, NEWOBJ_EX': p4 + b'\x8c\x01a\x8c\x01b\x93)}\x92.',
    'an extension': b'\x82\x01.',
    'a persistent id': b'Pabc\n.',
    'a persistent id of the stack': b'K\x01Q.',
    'bytes outside': b'\x80\x05\x97.',
    'a lambda of a state': p4 + b'}}b.',
    'an unknown code': p4 + b'\xff.',
    'protocol 6': b'\x80\x06N.',
    'a cycle': pickle.dumps(cyclic(), 4),
    'a bomb': pickle.dumps(bomb(), 4),
    'deep lists': deep(100_000),
    'deep dictionaries': p4 + b'}\x8c\x01a' * 5000 + b'N' + b's' * 5000 + b'.',
    'a huge integer': b'\x80\x02\x8b' + struct.pack('<i', 2_000_000) + b'\x7f' * 2_000_000 + b'.',
    'a huge integer that is not there': b'\x80\x02\x8b\xff\xff\xff\x7f.',
    'an integer in too many digits': b'L' + b'9' * 5000 + b'L\n.',
    'a frame longer than all': b'\x80\x04\x95\xff\xff\xff\xff\xff\xff\xff\x7fN.',
    'a text longer than all': p4 + b'\x8d\xff\xff\xff\xff\xff\xff\xff\xffabc.',
    'bytes longer than all': p4 + b'\x8e\xff\xff\xff\xff\x00\x00\x00\x00abc.',
    'a list as a key': p4 + b'}]Ns.',
    'an empty tuple as a key': p4 + b'})Ns.',
    'a key without a value': p4 + b'}(K\x01u.',
    'a memo that was never made': p4 + b'h\x07.',
    'a memo of a far index': p4 + b'Nr\xff\xff\xff\x7f0j\xff\xff\xff\x7e.',
    'nothing on the stack': p4 + b'.',
    'more taken than there is': p4 + b'\x87.',
    'a mark that is not there': p4 + b'e.',
    'an append to a number': p4 + b'K\x01K\x02a.',
    'no UTF-8': p4 + b'\x8c\x02\xff\xfe.',
    'no end': p4 + b']',
    'nothing': b'',
    'a timedelta': pickle.dumps(datetime.timedelta(1), 4),
    'a timezone': pickle.dumps(utc, 4),
    'a date that is none': p4 + b'\x8c\x08datetime\x8c\x04date\x93C\x04\x07\xe8\x0d\x01\x85R.',
    'a datetime of text': p4 + b'\x8c\x08datetime\x8c\x08datetime\x93\x8c\x01x\x85R.',
    'a decimal of a list': p4 + b'\x8c\x07decimal\x8c\x07Decimal\x93]\x85R.',
    'a UUID without number': p4 + b'\x8c\x04uuid\x8c\x04UUID\x93)\x81.',
    'a UUID too large': p4 + b'\x8c\x04uuid\x8c\x04UUID\x93)\x81}\x8c\x03int\x8a\x11' + b'\x7f' * 17 + b'sb.',
    'a set of a number': p4 + b'\x8c\x08builtins\x8c\x03set\x93K\x01\x85R.',
    'bytes of the file codec': p4 + b'\x8c\x07_codecs\x8c\x06encode\x93\x8c\x01a\x8c\x05rot13\x86R.',
    'a class of another base': b'ccopy_reg\n_reconstructor\n(cuuid\nUUID\nc__builtin__\ndict\nNtR.',
}
valid = pickle.dumps({'a': [1, 'é', b'x', (2.5,)], 'b': datetime.date(2024, 1, 2)}, 4)

json.dump({
    'values': [[name, [b64(pickle.dumps(value, number)) for number in range(6)]] for name, value in values.items()],
    'hostile': [[name, b64(data)] for name, data in hostile.items() if len(data) < 100_000],
    'valid': b64(valid),
}, sys.stdout, indent=1)
print()
