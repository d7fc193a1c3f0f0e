using SimCse.Cli.CommandLine;

return await CliApp.RunAsync(args);
