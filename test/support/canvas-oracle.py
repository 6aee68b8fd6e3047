"""What Python's Celery sends for canvases: a JSON object per line in, `{"op": "sent", "items": [...]}`, a JSON list out.

A canvas comes as the JSON of a signature, or as a recipe to build it from by `|` and constructors, such as
{"or": [left, right]}. Nothing is published: messages, sizes of chords and saved groups are kept instead.
"""
import inspect
import json
import sys
import textwrap

from celery import Celery, canvas as source, chain, chord, group, signature
from celery.backends.base import KeyValueStoreBackend
from celery.result import GroupResult


# Where Celery 5.2 writes otherwise than 5.6: of its own functions the lines that have changed since, and why.
SINCE = [
    # the members of every group say their places; before it were those of headers, and of groups that are sent later
    (group, '_prepared', 'for task in tasks:', 'for index, task in enumerate(tasks):'),
    (group, '_prepared', 'root_id=root_id), group_id', 'root_id=root_id, group_index=index), group_id'),
    (group, '_apply_tasks', 'kwargs=None, **options', 'kwargs=None, group_index=None, **options'),
    # the body of a chord says the group of its header; a group that is a body has its id
    (source._chord, 'run', 'body.freeze(task_id, root_id', 'body.freeze(task_id, group_id=group_id, root_id'),
    # a chain says the id of its last step
    (source._chain, 'prepare_steps', 'return tasks, results', 'self.id = results[0].id\n    return tasks, results'),
]


def changed(cls, name):
    text = textwrap.dedent(inspect.getsource(getattr(cls, name)))
    for _, _, before, since in [each for each in SINCE if each[:2] == (cls, name)]:
        assert text.count(before) == 1, f'{before} is not once in {name}: is this Celery 5.2?'
        text = text.replace(before, since)
    scope = {}
    exec(text, source.__dict__, scope)
    return scope[name]


for cls, name in {each[:2] for each in SINCE}:
    setattr(cls, name, changed(cls, name))


class Counting(KeyValueStoreBackend):
    """Does for chords what the backend for Redis does, and keeps it."""

    def apply_chord(self, header_result_args, body, **kwargs):
        header = self.app.GroupResult(*header_result_args)
        if any(isinstance(each, GroupResult) for each in header.results):
            kept['groups'].append(header.as_tuple())

    def set_chord_size(self, group_id, chord_size):
        # a group that is a part of the header writes its own size over that of the whole; whoever is first
        kept['sizes'][group_id] = max(chord_size, kept['sizes'].get(group_id, 0))

    def ensure_chords_allowed(self):
        pass


class Keeping(Celery):
    def _get_backend(self):
        return Counting(app=self)


app = Keeping('tasks', broker='memory://', backend='cache+memory://')
app.set_default()
kept = {}


def keep(producer, name, message, queue=None, priority=None, **options):
    headers, body = message.headers, message.body
    names = ('task', 'id', 'root_id', 'parent_id', 'group', 'group_index')
    kept['messages'].append({
        **{key: headers[key] for key in names},
        'reply_to': message.properties['reply_to'],
        'body': json.loads(json.dumps(body)),
        'queue': getattr(queue, 'name', queue),
        'priority': priority,
    })


app.amqp.send_task_message = keep


def built(recipe):
    (kind, told), = recipe.items()
    if kind == 'call':
        return app.signature(told['task'], **{key: told[key] for key in ('args', 'options', 'immutable')})
    if kind == 'or':
        left, right = map(built, told)
        return left | right
    if kind == 'chord':
        header, body = told
        return chord([built(each) for each in header], built(body))
    return {'chain': chain, 'group': group}[kind]([built(each) for each in told])


def sent(item):
    kept.update(messages=[], sizes={}, groups=[])
    canvas = built(item['recipe']) if 'recipe' in item else signature(item['json'], app=app)
    shown = json.loads(json.dumps(canvas))
    result = canvas.apply_async(tuple(item['args']), **item['options'])
    return {**kept, 'canvas': shown, 'result': result and result.as_tuple()}


def answer(item):
    try:
        return {'ok': sent(item)}
    except Exception as error:
        return {'error': f'{type(error).__name__}: {error}'}


print('ready', flush=True)
for line in sys.stdin:
    print(json.dumps([answer(item) for item in json.loads(line)['items']]), flush=True)
