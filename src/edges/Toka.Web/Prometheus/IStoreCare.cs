using Toka.Core.Labels;

namespace Toka.Web.Prometheus;

/// <summary>What the endpoints ask of whoever keeps the stores. Thread-safe.</summary>
public interface IStoreCare
{
    /// <summary>Backs everything stored up into a new folder.</summary>
    /// <param name="directory">The folder of all backups, absolute; null for the server's own, <c>snapshots</c> in its data folder.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="Core.Errors.BadInputException">The folder cannot be used.</exception>
    Task<CareBackup> BackupAsync(string? directory, CancellationToken cancellationToken);

    /// <summary>Deletes samples of series.</summary>
    /// <param name="matchers">Which series.</param>
    /// <param name="fromMs">The first moment, inclusive.</param>
    /// <param name="toMs">The last moment, inclusive.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Samples deleted.</returns>
    Task<long> DeleteSeriesAsync(IReadOnlyList<LabelMatcher> matchers, long fromMs, long toMs, CancellationToken cancellationToken);
}

/// <summary>A backup that was made.</summary>
/// <param name="Directory">Its folder.</param>
/// <param name="Blocks">Blocks in it.</param>
/// <param name="LinkedBytes">Bytes that are further names of files that were there.</param>
/// <param name="CopiedBytes">Bytes that were copied.</param>
/// <param name="Notes">What the owner should know.</param>
public sealed record CareBackup(string Directory, int Blocks, long LinkedBytes, long CopiedBytes, IReadOnlyList<string> Notes);
