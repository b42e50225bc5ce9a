using Toka.Core.Errors;
using Toka.Protocols.Export;

namespace Toka.Cli.Exporting;

/// <summary>Where an export goes: stdout, or a file that has its name only once it is whole.</summary>
internal static class ExportOutput
{
    /// <summary>Has an export written.</summary>
    /// <param name="file">The file; null for stdout.</param>
    /// <param name="format">What is written.</param>
    /// <param name="context">The outside world.</param>
    /// <param name="write">Writes it.</param>
    /// <exception cref="BadInputException">The file cannot be written, or binary data would go to a terminal.</exception>
    public static async Task<ExportReport> WriteAsync(string? file, ExportFormat format, CliContext context, Func<Stream, Task<ExportReport>> write)
    {
        if (file is null)
        {
            if (format == ExportFormat.Parquet && context.IsOutTerminal())
            {
                throw new BadInputException("Parquet is no text; name a file with --output");
            }

            await using var stdout = context.OpenOut();
            return await write(stdout);
        }

        var temporary = $"{file}.{Environment.ProcessId}.part";
        try
        {
            ExportReport report;
            // CreateNew: a file of that name that is somebody else's stays.
            await using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None))
            {
                report = await write(stream);
            }

            File.Move(temporary, file, overwrite: true);
            return report;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Delete(temporary);
            throw new BadInputException($"--output: {file} cannot be written: {e.Message}");
        }
        catch
        {
            Delete(temporary);
            throw;
        }
    }

    private static void Delete(string file)
    {
        try
        {
            File.Delete(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What failed before is told; the half file has a name that says so.
        }
    }
}
