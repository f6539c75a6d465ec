"""What staff type to get in."""

from __future__ import annotations

from wtforms import EmailField, PasswordField
from wtforms.validators import DataRequired, Length

from campaigns.staff.accounts import PASSWORD_LENGTH_MAX
from campaigns.web.forms import ConsoleForm

EMAIL_LENGTH_MAX = 254


class LoginForm(ConsoleForm):
    """E-mail and password, as the contract names them."""

    email = EmailField("E-mail", [DataRequired("Type the e-mail of your account."), Length(max=EMAIL_LENGTH_MAX)])
    password = PasswordField("Password", [DataRequired("Type your password."), Length(max=PASSWORD_LENGTH_MAX)])
