/**
 * Lua for scripts that store results in any serializer: `isSuccess(key)` says whether what is stored there is the document of
 * a SUCCESS. In JSON, msgpack and pickle the status is what a document begins with, in whichever way Celery writes it or we
 * do; no value of a task's can be so near to the beginning. In yaml, whose keys are sorted, it is a line of its own: within
 * values lines begin with a blank or a dash.
 */
export const successLua = /* lua */ `
local marks = {
  '"status": "SUCCESS"', '"status":"SUCCESS"',
  '\\166status\\167SUCCESS',
  'X\\6\\0\\0\\0statusq\\1X\\7\\0\\0\\0SUCCESS',
  '\\140\\6status\\148\\140\\7SUCCESS', '\\140\\6status\\140\\7SUCCESS'
}
local function isSuccess(key)
  local head = redis.pcall('GETRANGE', key, 0, 47)
  if type(head) ~= 'string' then return false end
  for _, mark in ipairs(marks) do
    local at = string.find(head, mark, 1, true)
    if at and at <= 15 then return true end
  end
  if not string.find(head, '^["%a]') then return false end
  local yaml = redis.call('GET', key)
  for _, line in ipairs({'\\nstatus: SUCCESS\\n', '\\n"status": "SUCCESS"\\n'}) do
    if string.find(yaml, line, 1, true) then return true end
  end
  return false
end
`;
