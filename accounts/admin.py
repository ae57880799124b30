"""People and apps in the console. Pages of accounts and shops see every app: config/admin.py, config/admin_shops.py."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, User
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from knox import admin as _their_pages  # noqa: F401 - registered by its import, so that its page can be replaced
from knox.models import AuthToken
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import INPUT_CLASSES

from .adminsite import ConsoleAdmin, ReadOnlyAdmin, column
from .models import PlatformApp

admin.site.unregister([User, Group, AuthToken])


@admin.register(PlatformApp)
class PlatformAppAdmin(ConsoleAdmin):
    fields = ["platform", "name", "app_key", "app_secret", "portal"]
    list_display = ["name", "platform", "app_key", "portal", "has_secret"]
    list_filter = [("platform", ChoicesDropdownFilter)]
    list_filter_submit = True

    @column(_("secret kept"), boolean=True)
    def has_secret(self, app: PlatformApp) -> bool:
        return bool(app.app_secret)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "app_secret":  # drawn empty: an empty answer keeps what is stored
            field.widget.attrs["class"] = " ".join(INPUT_CLASSES)
            field.help_text = _("Empty keeps the one that is stored; it is never shown.")
        return field


@admin.register(User)
class UserAdmin(DjangoUserAdmin, ConsoleAdmin):
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin, ConsoleAdmin):
    pass


@admin.register(AuthToken)
class AuthTokenAdmin(ReadOnlyAdmin):
    """Keys that programs use: who has one and until when. Deleting one ends it; the key itself is nowhere kept."""

    list_display = ["user", "token_key", "created", "expiry"]
    list_select_related = ["user"]
    fields = ["user", "token_key", "created", "expiry"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("knox.delete_authtoken")  # type: ignore[union-attr]
