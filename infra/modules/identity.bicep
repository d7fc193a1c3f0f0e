metadata description = 'The identities: one for the app, one for Event Grid. User-assigned, so that they have their roles before anything starts.'

@description('Region.')
param location string

@description('Tags of every resource.')
param tags object

@description('Name of the app\'s identity.')
param appIdentityName string

@description('Name of Event Grid\'s identity.')
param eventsIdentityName string

resource app 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: appIdentityName
  location: location
  tags: tags
}

resource events 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: eventsIdentityName
  location: location
  tags: tags
}

@description('Resource id of the app\'s identity.')
output appId string = app.id

@description('Client id of the app\'s identity, for settings.')
output appClientId string = app.properties.clientId

@description('Principal id of the app\'s identity, for roles.')
output appPrincipalId string = app.properties.principalId

@description('Resource id of Event Grid\'s identity.')
output eventsId string = events.id

@description('Principal id of Event Grid\'s identity, for roles.')
output eventsPrincipalId string = events.properties.principalId
