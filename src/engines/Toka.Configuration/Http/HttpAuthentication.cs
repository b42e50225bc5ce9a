using Toka.Configuration.Binding;

namespace Toka.Configuration.Http;

/// <summary>User and password of a connection: <c>basic_auth</c>.</summary>
public sealed record BasicAuthOptions
{
    /// <summary>The user; null where <see cref="UsernameFile"/> holds it, or there is none.</summary>
    public string? Username { get; init; }

    /// <summary>The file that holds the user, read anew when it changes.</summary>
    public string? UsernameFile { get; init; }

    /// <summary>The password; null where <see cref="PasswordFile"/> holds it, or there is none.</summary>
    public Secret? Password { get; init; }

    /// <summary>The file that holds the password, read anew when it changes.</summary>
    public string? PasswordFile { get; init; }

    /// <summary>The user and the password that stand in an address.</summary>
    /// <param name="url">An address with a part before <c>@</c>.</param>
    public static BasicAuthOptions OfUserInfo(Uri url)
    {
        ArgumentNullException.ThrowIfNull(url);
        var parts = url.UserInfo.Split(':', 2);
        return new BasicAuthOptions { Username = Uri.UnescapeDataString(parts[0]), Password = new Secret(Uri.UnescapeDataString(parts.Length > 1 ? parts[1] : "")) };
    }

    internal static BasicAuthOptions Bind(ConfigSection section)
    {
        var options = new BasicAuthOptions
        {
            Username = section.OptionalText("username", null, "The user."),
            UsernameFile = section.NeededPath("username_file", "The file that holds the user."),
            Password = section.OptionalSecret("password", "The password."),
            PasswordFile = section.NeededPath("password_file", "The file that holds the password; read anew when it changes."),
        };
        SecretManagers.Declare(section, "username_ref", "password_ref");
        if (options.Username is not null && options.UsernameFile is not null)
        {
            section.Fault("username_file", "stands beside username; remove one");
        }

        if (options.Password is not null && options.PasswordFile is not null)
        {
            section.Fault("password_file", "stands beside password; remove one");
        }

        return options;
    }
}

/// <summary>What the header Authorization of a connection says: <c>authorization</c>.</summary>
public sealed record AuthorizationOptions
{
    /// <summary>The type of <see cref="Type"/> that is the default.</summary>
    public const string Bearer = "Bearer";

    /// <summary>The scheme. Default <c>Bearer</c>.</summary>
    public string Type { get; init; } = Bearer;

    /// <summary>The credentials; null where <see cref="CredentialsFile"/> holds them, or there are none.</summary>
    public Secret? Credentials { get; init; }

    /// <summary>The file that holds the credentials, read anew when it changes.</summary>
    public string? CredentialsFile { get; init; }

    internal static AuthorizationOptions Bind(ConfigSection section)
    {
        var options = new AuthorizationOptions
        {
            Type = section.OptionalText("type", Bearer, "The scheme of the header Authorization.") ?? Bearer,
            Credentials = section.OptionalSecret("credentials", "The credentials."),
            CredentialsFile = section.NeededPath("credentials_file", "The file that holds the credentials; read anew when it changes."),
        };
        SecretManagers.Declare(section, "credentials_ref");
        if (options.Credentials is not null && options.CredentialsFile is not null)
        {
            section.Fault("credentials_file", "stands beside credentials; remove one");
        }

        if (options.Type.Equals("basic", StringComparison.OrdinalIgnoreCase))
        {
            section.Fault("type", "cannot be Basic; write basic_auth with username and password instead");
        }
        else if (options.Type.Any(static c => !char.IsAsciiLetterOrDigit(c) && !"!#$%&'*+-.^_`|~".Contains(c, StringComparison.Ordinal)))
        {
            section.Fault("type", $"\"{options.Type}\" cannot be a scheme; write one word, such as Bearer");
        }

        return options;
    }
}

/// <summary>Keys that name a secret of a secret manager, which Prometheus knows in its library and Toka does not.</summary>
internal static class SecretManagers
{
    public static void Declare(ConfigSection section, params ReadOnlySpan<string> keys)
    {
        foreach (var key in keys)
        {
            section.NotInForce(key, "secret managers are not supported; name a file instead");
        }
    }
}
