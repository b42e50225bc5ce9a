using Toka.Configuration.Http;

namespace Toka.Monitoring.Scraping.Loops;

/// <summary>
/// The connections of a job by one set of options. When a reload brings others they are closed, but not before the scrapes that
/// use them have ended: a request, or the next of its redirects, would fail where nothing is wrong. Thread-safe.
/// </summary>
/// <param name="options">How requests are sent.</param>
internal sealed class JobConnections(HttpClientOptions options)
{
    /// <summary>Scrapes that use them, and one for the job while these are its own.</summary>
    private int _users = 1;

    /// <summary>Sends; not to be disposed by anybody else.</summary>
    public OutgoingHttp Http { get; } = new(options);

    /// <summary>Whether they are closed.</summary>
    internal bool IsClosed => Volatile.Read(ref _users) == 0;

    /// <summary>Keeps them open for a scrape.</summary>
    /// <returns>Whether they are still open; if so, <see cref="Exit"/> must follow.</returns>
    public bool TryEnter()
    {
        var users = Volatile.Read(ref _users);
        while (users > 0)
        {
            var seen = Interlocked.CompareExchange(ref _users, users + 1, users);
            if (seen == users)
            {
                return true;
            }

            users = seen;
        }

        return false;
    }

    /// <summary>The scrape has ended, or the job has other connections now: who is last closes them.</summary>
    public void Exit()
    {
        if (Interlocked.Decrement(ref _users) == 0)
        {
            Http.Dispose();
        }
    }
}
