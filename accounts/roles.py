"""What each role may do in an organisation: the one table that views, templates and documentation read.

| may                                             | viewer | member | admin | owner |
|-------------------------------------------------|--------|--------|-------|-------|
| read agents, conversations, statistics, members | yes    | yes    | yes   | yes   |
| create, edit, duplicate and delete agents       | –      | yes    | yes   | yes   |
| talk to an agent from its page                  | –      | yes    | yes   | yes   |
| end a live call, have its agent say something   | –      | yes    | yes   | yes   |
| see, create and revoke API keys                 | –      | –      | yes   | yes   |
| store, test and remove keys of vendors          | –      | –      | yes   | yes   |
| change phone numbers and the Twilio account      | –      | –      | yes   | yes   |
| invite, change and remove members and viewers   | –      | –      | yes   | yes   |
| change the organisation's name                  | –      | –      | yes   | yes   |
| say where and how often agents may call         | –      | –      | yes   | yes   |
| make, change and remove owners and admins       | –      | –      | –     | yes   |
| delete the organisation                         | –      | –      | –     | yes   |

Everybody may leave, except the last owner. To whoever has no role in it an organisation does not exist (404).
"""

from __future__ import annotations

from enum import StrEnum

from accounts.models import Role

RANKS: dict[str, int] = {Role.VIEWER: 0, Role.MEMBER: 1, Role.ADMIN: 2, Role.OWNER: 3}


class Permission(StrEnum):
    READ = "read"
    EDIT_AGENTS = "edit_agents"
    TALK = "talk"
    COMMAND_CALLS = "command_calls"
    MANAGE_KEYS = "manage_keys"
    MANAGE_VENDORS = "manage_vendors"
    MANAGE_PHONES = "manage_phones"
    MANAGE_MEMBERS = "manage_members"
    CHANGE_ORGANISATION = "change_organisation"
    MANAGE_OWNERS = "manage_owners"
    DELETE_ORGANISATION = "delete_organisation"


# The lowest role that has each permission; every higher role has it too.
LOWEST_ROLE: dict[Permission, Role] = {
    Permission.READ: Role.VIEWER,
    Permission.EDIT_AGENTS: Role.MEMBER,
    Permission.TALK: Role.MEMBER,
    Permission.COMMAND_CALLS: Role.MEMBER,
    Permission.MANAGE_KEYS: Role.ADMIN,
    Permission.MANAGE_VENDORS: Role.ADMIN,
    Permission.MANAGE_PHONES: Role.ADMIN,
    Permission.MANAGE_MEMBERS: Role.ADMIN,
    Permission.CHANGE_ORGANISATION: Role.ADMIN,
    Permission.MANAGE_OWNERS: Role.OWNER,
    Permission.DELETE_ORGANISATION: Role.OWNER,
}


def at_least(role: str, lowest: str) -> bool:
    return RANKS[role] >= RANKS[lowest]


def may(role: str, permission: Permission) -> bool:
    return at_least(role, LOWEST_ROLE[permission])


def roles_given_by(role: str) -> list[Role]:
    """The roles that a person of this role may give to others and take from them."""
    if may(role, Permission.MANAGE_OWNERS):
        return [Role.OWNER, Role.ADMIN, Role.MEMBER, Role.VIEWER]
    if may(role, Permission.MANAGE_MEMBERS):
        return [Role.MEMBER, Role.VIEWER]
    return []
